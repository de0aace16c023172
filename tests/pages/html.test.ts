import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml, isolated, paragraphs, printable } from '../../pages/html.ts';

const runs = Number(process.env['FUZZ_RUNS'] ?? 100);

describe('escapeHtml', () => {
  it('leaves no character that could end a text or a quoted attribute', () => {
    expect(escapeHtml(`<a b="c" d='e'>&\``)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;&#96;');
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('<', '>', '"', "'", '`', '&', ';', '#', '\0', 'a', '😀', '\ud800'),
        }),
        (text) => {
          expect(escapeHtml(text)).not.toMatch(/[<>"'`]|&(?!(?:amp|lt|gt|quot|#39|#96);)/);
        },
      ),
      { numRuns: runs },
    );
  });

  it('leaves other text as it is', () => {
    expect(escapeHtml('Política: 9.º, مدرسة, 学校 😀')).toBe('Política: 9.º, مدرسة, 学校 😀');
  });
});

describe('printable', () => {
  it('shows what a terminal would obey and what turns a host round', () => {
    expect(printable('a\u001b[2Jb\r\0\u0085c\u202ed\u2066e\u200bf\u2028\ufeff\ud800')).toBe(
      'a\ufffd[2Jb\ufffd\ufffd\ufffdc\ufffdd\ufffde\ufffdf\ufffd\ufffd\ufffd',
    );
  });

  it('keeps line breaks and joiners, which scripts need', () => {
    expect(printable('a\nb\u200d\u200cc')).toBe('a\nb\u200d\u200cc');
  });
});

it('isolated text keeps its direction to itself', () => {
  expect(isolated('a<b')).toBe('<bdi>a&lt;b</bdi>');
});

describe('paragraphs', () => {
  it('are parted by empty lines and escaped', () => {
    expect(paragraphs('One\nline.\n\n \nTwo <b>.\n\n')).toBe('<p>One\nline.</p><p>Two &lt;b&gt;.</p>');
    expect(paragraphs('')).toBe('');
  });
});
