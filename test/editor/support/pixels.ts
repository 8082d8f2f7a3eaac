import type { Locator } from 'playwright-core';

/** Something that differs when any pixel of a canvas does. */
export async function pictureOf(canvas: Locator): Promise<string> {
  return canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL());
}

/** Which part of a canvas is drawn in red, however faintly: from 0 to 1. */
export async function shareOfRed(canvas: Locator): Promise<number> {
  return canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const pixels = (element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height).data;
    let red = 0;
    for (let index = 0; index < pixels.length; index += 4) {
      const [r = 0, g = 0, b = 0, alpha = 0] = pixels.subarray(index, index + 4);
      red += alpha > 8 && r > 1.6 * g && r > 1.6 * b ? 1 : 0;
    }
    return red / (width * height);
  });
}
