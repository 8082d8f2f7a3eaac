import { describe, expect, it } from 'vitest';
import { legible } from '../../../webview/charts/legible.js';

const DARK = '#1f1f1f';
const LIGHT = '#ffffff';

describe('a colour on a chart', () => {
  it('stays as the theme has it where it can be seen', () => {
    expect(legible('#59a4f9', DARK, '#cccccc')).toBe('rgb(89, 164, 249)');
    expect(legible('#a1260d', LIGHT, '#3b3b3b')).toBe('rgb(161, 38, 13)');
  });

  it('moves towards the text where it could not', () => {
    const [red = 0, green = 0, blue = 0] = legible('#613214', DARK, '#cccccc').match(/\d+/g)?.map(Number) ?? [];
    expect(red).toBeGreaterThan(0x61);
    expect(red).toBeGreaterThan(green);
    expect(green).toBeGreaterThan(blue);
    expect(legible('#ffffaa', LIGHT, '#000000')).not.toBe('rgb(255, 255, 170)');
  });

  it('is taken at full strength where the theme has it translucent', () => {
    expect(legible('rgba(234, 92, 0, 0.33)', DARK, '#cccccc')).toBe('rgb(234, 92, 0)');
    expect(legible('#ea5c0055', DARK, '#cccccc')).toBe('rgb(234, 92, 0)');
  });

  it('is left alone when it is written in another way', () => {
    expect(legible('color-mix(in srgb, red, blue)', DARK, '#cccccc')).toBe('color-mix(in srgb, red, blue)');
  });
});
