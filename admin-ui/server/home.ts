/** What stands at `/` until the admin pages are there: an honest page that says what runs. */
import { Router } from 'express';
import type { Health } from './health.ts';

const style = `
:root { color-scheme: light dark; }
body { max-width: 40rem; margin: 4rem auto; padding: 0 1.25rem; font: 1.0625rem/1.6 system-ui, sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; }
code { font-size: 0.95em; overflow-wrap: anywhere; }
.state { padding: 0.75rem 1rem; border-inline-start: 0.25rem solid; border-radius: 0.25rem; }
`;

export function homeRouter({ health, version }: { health: Health; version: string }): Router {
  const router = Router();
  router.get('/home.css', (_request, response) => {
    response.type('css').send(style);
  });
  router.get('/', async (_request, response) => {
    const { failures, warnings } = await health.report();
    response.type('html').send(page(version, [...failures, ...warnings]));
  });
  return router;
}

function page(version: string, reasons: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hallpass</title>
<link rel="stylesheet" href="/home.css">
</head>
<body>
<main>
<h1>Hallpass ${escapeHtml(version)} is running</h1>
${stateOf(reasons)}
<p>The admin pages, where a district edits its policy and reviews what was blocked, come with a coming release.
Until then the command line does that work:</p>
<ul>
<li><code>npx hallpass policy list</code> shows which policies were published,</li>
<li><code>npx hallpass policy publish FILE</code> publishes one,</li>
<li><code>npx hallpass check URL --user LOGIN</code> says what a person would meet, and why,</li>
<li><code>npx hallpass blocks</code> shows what was blocked.</li>
</ul>
<p>For monitoring: <a href="/healthz">/healthz</a>, <a href="/readyz">/readyz</a> and <a href="/metrics">/metrics</a>.</p>
</main>
</body>
</html>
`;
}

function stateOf(reasons: readonly string[]): string {
  if (reasons.length === 0) {
    return '<p class="state">A policy is in force, blocks are recorded, and every proxy thread has the newest edition.</p>';
  }
  const items = reasons.map((reason) => `<li>${escapeHtml(reason)}</li>`).join('');
  return `<div class="state"><p>Something needs attention:</p><ul>${items}</ul></div>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
