/** The kit's links and buttons as links of the router, so that where they lead is checked by types. */
import { Anchor, Button, Card } from '@mantine/core';
import type { AnchorProps, ButtonProps, CardProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

type Bare<P> = P & Omit<ComponentPropsWithRef<'a'>, keyof P | 'href'>;

export const TextLink = createLink((props: Bare<AnchorProps>) => <Anchor {...props} />);
export const ButtonLink = createLink((props: Bare<ButtonProps>) => <Button component="a" {...props} />);
export const CardLink = createLink((props: Bare<CardProps>) => <Card component="a" {...props} />);
