// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])|[\u0008\u200b]+/g;

/** A line without the colours, cursor movements and backspaces that terminals understand. */
export function stripAnsi(line: string): string {
  return line.includes('\u001b') || line.includes('\u0008') ? line.replace(ESCAPES, '') : line;
}
