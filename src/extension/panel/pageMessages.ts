import * as vscode from 'vscode';
import { messageOf } from '../../base/errorMessage.js';

/** Who hears a page, and how. */
export interface PageListener<Message extends { readonly type: string }> {
  /** What the log calls the page. */
  readonly page: string;
  readonly log: vscode.LogOutputChannel;
  /** @returns undefined for what is not a message of the page. */
  readonly parse: (raw: unknown) => Message | undefined;
  readonly answer: (message: Message) => Promise<void>;
}

/** Answers the messages of a page; those that can't be understood are logged, those that fail are told of as well. */
export function onPageMessage<Message extends { readonly type: string }>(
  webview: vscode.Webview,
  { page, log, parse, answer }: PageListener<Message>,
): vscode.Disposable {
  const receive = async (raw: unknown): Promise<void> => {
    const message = parse(raw);
    if (!message) {
      log.warn(`A message of the ${page} was not understood: ${JSON.stringify(raw).slice(0, 200)}`);
      return;
    }
    try {
      await answer(message);
    } catch (error) {
      if (error instanceof vscode.CancellationError) {
        return;
      }
      log.error(`${message.type}: ${messageOf(error)}`);
      void vscode.window.showErrorMessage(messageOf(error));
    }
  };
  return webview.onDidReceiveMessage((raw: unknown) => void receive(raw));
}
