import { describe, expect, it } from 'vitest';
import { formatSize, size } from '../../../policy/model/size.ts';

describe('a size', () => {
  it.each([
    ['500B', 500],
    ['64KB', 65_536],
    ['10MB', 10_485_760],
    ['1GB', 1_073_741_824],
    ['0B', 0],
  ])('%s is %i bytes, and is written so again', (text, bytes) => {
    expect(size.parse(text)).toBe(bytes);
    expect(formatSize(bytes)).toBe(text);
  });

  it('is a number of bytes too', () => expect(size.parse(250)).toBe(250));

  it.each(['', 'MB', '10', '10 MB', '-1MB', '1.5MB', '10mb', '10TB', -1, 0.5])('is not %j', (value) =>
    expect(size.safeParse(value).success).toBe(false),
  );
});
