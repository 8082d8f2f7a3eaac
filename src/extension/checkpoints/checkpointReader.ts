import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import { messageOf } from '../../base/errorMessage.js';
import type { CheckpointNews, CheckpointTask } from '../../contract/checkpointProtocol.js';

/** Starts threads that each do one thing with checkpoints. */
export class CheckpointReader {
  private readonly bundle: string;

  constructor(extensionUri: vscode.Uri) {
    this.bundle = vscode.Uri.joinPath(extensionUri, 'dist', 'checkpoints.js').fsPath;
  }

  /** Tells of a task as it goes on, until it is done or what is returned is disposed of. */
  start(task: CheckpointTask, tell: (news: CheckpointNews) => void): vscode.Disposable {
    const worker = new Worker(this.bundle, { workerData: task });
    let isOver = false;
    worker.on('message', (news: CheckpointNews) => {
      if (!isOver) {
        tell(news);
      }
    });
    worker.on('error', (error) => {
      if (!isOver) {
        tell({ type: 'failed', message: messageOf(error) });
      }
    });
    return new vscode.Disposable(() => {
      isOver = true;
      void worker.terminate();
    });
  }

  /** Roles of the tensors in a file; their elements are not read. Rejects with what went wrong. */
  roles(file: string): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const running = this.start({ type: 'inspect', path: file }, (news) => {
        if (news.type === 'described') {
          resolve(news.checkpoint.tensors.map(({ role }) => role));
          running.dispose();
        } else if (news.type === 'failed') {
          reject(new Error(news.message));
          running.dispose();
        }
      });
    });
  }

  /** Does a task to its end. Rejects with what went wrong, and when it is cancelled. */
  finish(task: CheckpointTask, token: vscode.CancellationToken): Promise<CheckpointNews> {
    return new Promise((resolve, reject) => {
      const running = this.start(task, (news) => {
        if (news.type === 'failed') {
          reject(new Error(news.message));
        } else if (news.type === 'repaired' || news.type === 'compared') {
          resolve(news);
        }
      });
      token.onCancellationRequested(() => {
        running.dispose();
        reject(new vscode.CancellationError());
      });
    });
  }
}
