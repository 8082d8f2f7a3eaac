import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Frame, Page } from 'playwright-core';

const require = createRequire(import.meta.url);

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string | null;
    readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
  }[];
}

/** What axe-core calls serious or critical, a line each; empty when all is well. */
export async function seriousViolations(page: Page | Frame): Promise<string[]> {
  const source = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(source);
  // Style sheets are not fetched for it once more: a page's policy forbids that.
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run({ preload: false }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${String(target)} ${failureSummary}`),
    );
}

/** Elements that stick out of the window to the side: what nobody sees without scrolling two ways. */
export async function wideElements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    return scrollWidth <= clientWidth
      ? []
      : [...(document.querySelector('#app') ?? document.body).querySelectorAll('*')]
          .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
          .map((element) => `${element.tagName.toLowerCase()}.${element.className} of ${clientWidth} px`);
  });
}

/** What the Tab key reaches one after the other, from the beginning of the page, by name. */
export async function focusOrder(page: Page, most: number): Promise<{ name: string; top: number; left: number }[]> {
  const order: { name: string; top: number; left: number }[] = [];
  for (let presses = 0; presses < most; presses++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      let element = document.activeElement;
      if (!element || element === document.body) {
        return undefined;
      }
      while (element.shadowRoot?.activeElement) {
        element = element.shadowRoot.activeElement;
      }
      const { top, left } = element.getBoundingClientRect();
      const name = element.getAttribute('aria-label') ?? element.getAttribute('title') ?? element.textContent;
      return { name: name.replace(/\s+/g, ' ').trim(), top: top + window.scrollY, left };
    });
    if (!focused) {
      break;
    }
    order.push(focused);
  }
  return order;
}
