import type { Locator } from 'playwright-core';

/** How often each colour stands on a canvas, as `r,g,b,a`. */
export async function coloursOf(canvas: Locator): Promise<ReadonlyMap<string, number>> {
  const counts = await canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const pixels = (element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height).data;
    const found: Record<string, number> = {};
    for (let index = 0; index < pixels.length; index += 4) {
      const colour = [...pixels.slice(index, index + 4)].join(',');
      found[colour] = (found[colour] ?? 0) + 1;
    }
    return found;
  });
  return new Map(Object.entries(counts));
}
