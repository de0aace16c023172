/** The forward proxy that most Node projects begin with. It filters nothing. */
import { Agent, createServer } from 'node:http';
import httpProxy from 'http-proxy';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const proxy = httpProxy.createProxyServer({ agent });
proxy.on('error', (_error, _request, response) => {
  response.end();
});
createServer((request, response) => {
  const { origin, pathname, search } = new URL(request.url ?? '');
  request.url = `${pathname}${search}`;
  proxy.web(request, response, { target: origin });
}).listen(Number(process.argv[2]), '127.0.0.1');
