/** Sign-in with the account of the directory, and the second factor where a role needs one. */
import {
  Anchor,
  Button,
  Card,
  Center,
  Code,
  Image,
  Loader,
  PasswordInput,
  PinInput,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { toDataURL } from 'qrcode';
import { useEffect, useState } from 'react';
import type { FormEvent } from 'react';
import { answered, api, ApiError, rememberCsrf } from '../api/client.ts';
import type { Schemas } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { Failed, Refused } from '../parts/states.tsx';

type Session = Schemas['Session'];

export function SignIn({ session }: { readonly session: Session | null }) {
  useEffect(() => {
    document.title = 'Sign in · Hallpass';
  }, []);
  return (
    <Center mih="100dvh" p="md" component="main">
      <Card withBorder shadow="sm" padding="xl" w="100%" maw={420}>
        <Stack gap="lg">
          <div>
            <Title order={1} size="h2">
              Hallpass
            </Title>
            <Text c="dimmed">{session === null ? 'Sign in with your school account' : session.district}</Text>
          </div>
          {session === null ? <Password /> : <SecondFactor session={session} />}
        </Stack>
      </Card>
    </Center>
  );
}

/** What the server says of the new session is what everything goes by from now on. */
function useSession() {
  const queries = useQueryClient();
  return (session: Session): void => {
    rememberCsrf(session.csrf);
    queries.setQueryData(sessionQuery.queryKey, session);
  };
}

function Password() {
  const enter = useSession();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useMutation({
    mutationFn: () => answered(api.POST('/api/session', { body: { login, password } })),
    onSuccess: enter,
    onError: () => setPassword(''),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Refused error={signIn.error} />
        <TextInput
          label="Login"
          autoComplete="username"
          required
          value={login}
          onChange={(event) => setLogin(event.target.value)}
          data-autofocus
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password' }}
        />
        <Button type="submit" loading={signIn.isPending} fullWidth>
          Sign in
        </Button>
      </Stack>
    </form>
  );
}

function SecondFactor({ session }: { readonly session: Session }) {
  const enter = useSession();
  const queries = useQueryClient();
  const [code, setCode] = useState('');
  const prove = useMutation({
    mutationFn: (digits: string) => answered(api.POST('/api/session/code', { body: { code: digits } })),
    onSuccess: enter,
    onError: (error) => {
      setCode('');
      if (error instanceof ApiError && error.code === 'sign-in')
        queries.setQueryData(sessionQuery.queryKey, null);
    },
  });
  const leave = (): void => {
    void api.DELETE('/api/session').finally(() => queries.setQueryData(sessionQuery.queryKey, null));
  };
  return (
    <Stack>
      {session.stage === 'enrol' && <Enrolment />}
      <Text id="code-label">Enter the six digits that your authenticator app shows for Hallpass.</Text>
      <Refused error={prove.error} />
      <PinInput
        length={6}
        type="number"
        oneTimeCode
        value={code}
        onChange={setCode}
        onComplete={(digits) => prove.mutate(digits)}
        disabled={prove.isPending}
        aria-label="Digit of the code"
      />
      <Anchor component="button" type="button" size="sm" onClick={leave}>
        Sign in as somebody else
      </Anchor>
    </Stack>
  );
}

/** Asked for once: another one would make the picture that was just read worthless. */
function Enrolment() {
  const { data, error } = useQuery({
    queryKey: ['enrolment'],
    queryFn: async () => {
      const { secret, uri } = await answered(api.POST('/api/session/enrolment'));
      return { secret, picture: await toDataURL(uri, { margin: 2, width: 220 }) };
    },
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  if (error !== null) return <Failed error={error} />;
  if (data === undefined) return <Loader aria-label="Loading" />;
  return (
    <Stack align="center">
      <Text>Your role needs a second factor. Read this picture with an authenticator app.</Text>
      <Image src={data.picture} alt="QR code to set up the authenticator app" w={220} />
      <Text size="sm">
        Or type: <Code>{data.secret}</Code>
      </Text>
    </Stack>
  );
}
