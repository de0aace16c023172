/** What a person is told when an origin cannot be reached or makes no sense. */
import type { ErrorPageCode } from './pages/errors.ts';
import type { OriginFailure } from './upstream/upstream.ts';

/** The page for `failure`. Failures of the wire, which are an origin's malformed answers, are all `bad-response`. */
export function errorPageOf(failure: OriginFailure): ErrorPageCode {
  switch (failure) {
    // A name server that does not answer and a name that it does not know are the same to whoever asked for the page.
    case 'name-not-found':
    case 'name-timeout':
    case 'name-refused':
    case 'name-servfail':
      return 'name-not-found';
    // Nothing beyond the proxy has failed: it is this machine that has no room or no descriptor left.
    case 'name-overloaded':
    case 'name-over-share':
    case 'name-no-sockets':
    case 'no-sockets':
      return 'overloaded';
    case 'refused-address':
      return 'address-refused';
    case 'connect-refused':
      return 'connection-refused';
    case 'unreachable':
    case 'closed-early':
      return 'connection-failed';
    case 'parent-unreachable':
    case 'parent-refused':
      return failure;
    case 'connect-timeout':
    case 'response-timeout':
      return 'timeout';
    default:
      return 'bad-response';
  }
}
