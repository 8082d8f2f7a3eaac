import * as vscode from 'vscode';
import { messageOf } from '../../base/errorMessage.js';
import { readRecord } from '../../runner/jobFolder.js';
import type { JobRecord } from '../../runner/jobRecord.js';
import { plainText } from '../presentation/plainText.js';
import type { Jobs, SeenJob } from './jobs.js';

const CTRL_C = '\u0003';

/**
 * A terminal that shows what a job prints, from its first byte. Closing it leaves the job alone; Ctrl-C is for the job.
 */
export class JobTerminal implements vscode.Pseudoterminal {
  private readonly jobs: Jobs;
  private readonly begin: () => Promise<SeenJob>;
  private readonly writes = new vscode.EventEmitter<string>();
  private readonly closes = new vscode.EventEmitter<number>();
  private readonly abort = new AbortController();
  private job: SeenJob | undefined;
  private hasEnded = false;

  readonly onDidWrite = this.writes.event;
  readonly onDidClose: vscode.Event<number>;

  /**
   * @param begin gives the job that is shown; it may start it.
   * @param closesItself as a task's terminal does, whose end is what the task waits for.
   */
  constructor(jobs: Jobs, begin: () => Promise<SeenJob>, closesItself = false) {
    this.jobs = jobs;
    this.begin = begin;
    this.onDidClose = closesItself ? this.closes.event : new vscode.EventEmitter<number>().event;
  }

  open(): void {
    void this.show();
  }

  close(): void {
    this.abort.abort();
  }

  handleInput(data: string): void {
    if (data === CTRL_C && this.job && !this.hasEnded) {
      this.write('^C\n');
      this.jobs
        .stop(this.job.folder, 'interrupted by Ctrl-C')
        .catch((error: unknown) => this.write(`${plainText(String(error))}\n`));
    }
  }

  private async show(): Promise<void> {
    try {
      this.job = await this.begin();
      const { folder, record } = this.job;
      this.write(`\u001b[2m> ${plainText(record.launched.join(' '))}\n> ${plainText(folder)}\u001b[22m\n\n`);
      const text = new TextDecoder();
      for await (const piece of this.jobs.targetOf(this.job).follow(record, folder, this.abort.signal)) {
        this.write(text.decode(piece, { stream: true }));
      }
      const ended = this.abort.signal.aborted ? undefined : await readRecord(folder);
      if (ended) {
        this.hasEnded = true;
        this.write(endText(ended));
        this.closes.fire(ended.exit?.code ?? (ended.state === 'finished' ? 0 : 1));
      }
    } catch (error) {
      this.hasEnded = true;
      this.write(`\u001b[31m${plainText(messageOf(error))}\u001b[39m\n`);
      this.closes.fire(1);
    }
  }

  /** A terminal wants both characters at the end of a line. */
  private write(text: string): void {
    this.writes.fire(text.replace(/\r?\n/g, '\r\n'));
  }
}

function endText({ state, exit }: JobRecord): string {
  const how = exit?.signal ?? (exit?.code === null || exit?.code === undefined ? '' : `status ${exit.code}`);
  const colour = state === 'finished' ? 32 : state === 'stopped' ? 33 : 31;
  const last = state === 'failed' && exit?.cause !== 'error' ? `${plainText(exit?.message ?? '')}\n` : '';
  return `\n\u001b[${colour}m${last}Evenkeel: ${state}${how ? ` · ${how}` : ''}\u001b[39m\n`;
}
