/**
 * The pages themselves: files that `npm run build` made from admin-ui/web. Their names hold a digest, so browsers keep
 * them; the one page that names them is sent anew each time, with the nonce of its styles.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import compression from 'compression';
import express, { Router } from 'express';
import { nonceOf } from './headers.ts';

/** Where `npm run build` puts them. */
export const builtPages = fileURLToPath(new URL('../web/dist', import.meta.url));

const nonceMark = '__NONCE__';
/** Whether the pages were built. */
export const isBuilt = (folder: string = builtPages): boolean => existsSync(join(folder, 'index.html'));

/** Paths that no page of ours has: a wrong address there is an error, and not the start page. */
const notPages = /^\/(api|assets|healthz|readyz|metrics)(\/|$)/;

/** @param folder of the built pages; where it is not there, a page says how to make it */
export function webRouter(folder: string): Router {
  const router = Router();
  router.use(
    '/assets',
    // Files only: what an answer of the interface holds must not be guessed from its length.
    compression(),
    express.static(join(folder, 'assets'), { immutable: true, maxAge: '1y', index: false, redirect: false }),
  );
  router.get(/.*/, (request, response, next) => {
    if (notPages.test(request.path) || request.path.includes('.')) {
      next();
      return;
    }
    const index = join(folder, 'index.html');
    const page = isBuilt(folder) ? readFileSync(index, 'utf8') : unbuilt;
    response.type('html').send(page.replaceAll(nonceMark, nonceOf(response)));
  });
  return router;
}

const unbuilt = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hallpass</title>
</head>
<body>
<main>
<h1>Hallpass is running</h1>
<p>The admin pages are not built yet: run <code>npm run build</code> where Hallpass is installed, and load this page again.</p>
</main>
</body>
</html>
`;
