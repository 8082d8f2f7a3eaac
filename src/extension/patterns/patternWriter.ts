import path from 'node:path';
import * as vscode from 'vscode';
import { messageOf } from '../../base/errorMessage.js';
import { DisposableStore } from '../../base/disposable.js';
import type { PatternLine, PatternPreview } from '../../contract/patternPreview.js';
import { SETTINGS } from '../../contract/settings.js';
import type { LogOpener } from '../commands/openLog.js';
import type { EngineService } from '../engine/engineService.js';
import { matchWords, previewWords, templateOfLine } from '../presentation/linePattern.js';
import { readSetting } from '../settings.js';
import { Throttle } from '../throttle.js';

/** The beginning of a log tells whether a pattern fits; more would only be slower. */
const LINES_TRIED = 2000;
const LONGEST_LINE = 4000;
const PREVIEW_INTERVAL_MS = 120;
/** The pattern of files that nothing else can read. */
const WHATEVER_IS_LEFT = '*';

/** Helps to write a pattern for a log: shows in the log itself what the pattern finds, at every key. */
export class PatternWriter {
  private readonly engine: EngineService;
  private readonly opener: LogOpener;
  private readonly log: vscode.LogOutputChannel;

  constructor(engine: EngineService, opener: LogOpener, log: vscode.LogOutputChannel) {
    this.engine = engine;
    this.opener = opener;
    this.log = log;
  }

  /** Asks for a log where none is given, then for its pattern and for which files it is, and opens the run. */
  async write(resource?: vscode.Uri): Promise<void> {
    const uri = resource ?? shownLog() ?? (await askForLog());
    if (!uri) {
      return;
    }
    const cursor = vscode.window.activeTextEditor?.selection.active.line ?? 0;
    const editor = await vscode.window.showTextDocument(uri, { preview: true, preserveFocus: true });
    const patterns = readSetting('textPattern', this.log);
    const start = patterns[WHATEVER_IS_LEFT] ?? suggestion(editor.document, cursor);
    const pattern = await new PatternSession(this.engine, editor, start).ask();
    const glob = pattern === undefined ? undefined : await askForFiles(uri);
    if (pattern === undefined || glob === undefined) {
      return;
    }
    const target = vscode.workspace.workspaceFolders
      ? vscode.ConfigurationTarget.Workspace
      : vscode.ConfigurationTarget.Global;
    await vscode.workspace.getConfiguration().update(SETTINGS.textPattern.id, { ...patterns, [glob]: pattern }, target);
    await this.engine.reconfigure();
    await this.opener.open([uri.fsPath]);
  }
}

/** One field in which a pattern is written, and the log that shows what it finds. */
class PatternSession {
  private readonly engine: EngineService;
  private readonly editor: vscode.TextEditor;
  private readonly lines: readonly string[];
  private readonly owned = new DisposableStore();
  private readonly input = this.owned.add(vscode.window.createInputBox());
  private readonly refresh = this.owned.add(new Throttle(PREVIEW_INTERVAL_MS, () => void this.preview()));
  private readonly matchedLine = this.owned.add(
    vscode.window.createTextEditorDecorationType({
      backgroundColor: new vscode.ThemeColor('editor.findMatchHighlightBackground'),
      borderRadius: '2px',
    }),
  );
  private readonly part = this.owned.add(
    vscode.window.createTextEditorDecorationType({
      backgroundColor: new vscode.ThemeColor('editor.findMatchBackground'),
      border: '1px solid',
      borderColor: new vscode.ThemeColor('editor.findMatchBorder'),
    }),
  );
  private newest: { readonly pattern: string; readonly preview: PatternPreview } | undefined;
  private asked: AbortController | undefined;

  constructor(engine: EngineService, editor: vscode.TextEditor, start: string) {
    this.engine = engine;
    this.editor = editor;
    const count = Math.min(editor.document.lineCount, LINES_TRIED);
    this.lines = Array.from({ length: count }, (_, line) => editor.document.lineAt(line).text.slice(0, LONGEST_LINE));
    this.input.title = vscode.l10n.t('Read {0} by a pattern', path.basename(editor.document.fileName));
    this.input.placeholder = 'step {step} | cost {loss} | lr {lr}';
    this.input.prompt = vscode.l10n.t(
      'Put names in braces where the numbers stand, {*} for anything; or write a regular expression with named groups. step, epoch and total say where a line belongs.',
    );
    this.input.ignoreFocusOut = true;
    this.input.value = start;
  }

  /** The pattern, once one was accepted that finds something; undefined when the field was closed. */
  async ask(): Promise<string | undefined> {
    this.input.onDidChangeValue(() => this.refresh.trigger());
    this.input.show();
    this.refresh.trigger();
    try {
      return await new Promise((resolve) => {
        this.input.onDidAccept(async () => {
          const pattern = this.input.value;
          const preview = await this.preview();
          if (preview && 'matches' in preview && preview.matches.length > 0) {
            resolve(pattern);
          }
        });
        this.input.onDidHide(() => resolve(undefined));
      });
    } finally {
      this.asked?.abort();
      this.owned.dispose();
    }
  }

  /** Undefined when the pattern was changed meanwhile. */
  private async preview(): Promise<PatternPreview | undefined> {
    const pattern = this.input.value;
    if (this.newest?.pattern !== pattern) {
      this.asked?.abort();
      const asked = (this.asked = new AbortController());
      const preview = await this.tried(pattern, asked.signal);
      if (asked.signal.aborted || pattern !== this.input.value) {
        return undefined;
      }
      this.newest = { pattern, preview };
      this.show(preview);
    }
    return this.newest.preview;
  }

  private async tried(pattern: string, signal: AbortSignal): Promise<PatternPreview> {
    try {
      return await this.engine.request('previewPattern', { pattern, lines: this.lines }, signal);
    } catch (error) {
      return { error: messageOf(error) };
    }
  }

  private show(preview: PatternPreview): void {
    const matches = 'matches' in preview ? preview.matches : [];
    const { Error, Warning, Info } = vscode.InputBoxValidationSeverity;
    this.input.validationMessage = {
      message: previewWords(preview, this.lines.length),
      severity: 'error' in preview ? Error : matches.length === 0 ? Warning : Info,
    };
    this.editor.setDecorations(
      this.matchedLine,
      matches.map((match) => ({ range: range(match, match.match), renderOptions: behind(match) })),
    );
    this.editor.setDecorations(
      this.part,
      matches.flatMap((match) => match.parts.map((part) => range(match, part))),
    );
    const [first] = matches;
    if (first) {
      this.editor.revealRange(range(first, first.match), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }
}

function range({ line }: PatternLine, [from, to]: readonly [number, number]): vscode.Range {
  return new vscode.Range(line, from, line, to);
}

function behind(match: PatternLine): vscode.DecorationInstanceRenderOptions {
  const contentText = matchWords(match);
  return {
    after: { contentText, margin: '0 0 0 2em', color: new vscode.ThemeColor('editorCodeLens.foreground') },
  };
}

/** The log in the active editor: a text of the disk that is no source. */
function shownLog(): vscode.Uri | undefined {
  const document = vscode.window.activeTextEditor?.document;
  const isLog = document?.uri.scheme === 'file' && ['plaintext', 'log'].includes(document.languageId);
  return isLog ? document.uri : undefined;
}

async function askForLog(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectMany: false,
    openLabel: vscode.l10n.t('Read by a Pattern'),
    title: vscode.l10n.t('Which log?'),
  });
  return chosen?.[0];
}

/** A template of the line at the cursor, else of the first line that has named numbers. */
function suggestion(document: vscode.TextDocument, cursor: number): string {
  const count = Math.min(document.lineCount, LINES_TRIED);
  const candidates = [cursor, ...Array.from({ length: count }, (_, line) => line)].filter((line) => line < count);
  return (
    candidates
      .map((line) => templateOfLine(document.lineAt(line).text.slice(0, LONGEST_LINE)))
      .find((template) => /\{[A-Za-z]/.test(template)) ?? ''
  );
}

/** Which files the pattern is for, as a glob. */
async function askForFiles(uri: vscode.Uri): Promise<string | undefined> {
  const relative = vscode.workspace.asRelativePath(uri, false).replaceAll('\\', '/');
  const { dir, base, ext } = path.posix.parse(relative);
  const ofKind = dir === '' ? `*${ext}` : `${dir}/*${ext}`;
  const items = [
    { label: vscode.l10n.t('Every log that nothing else can read'), description: '*', glob: WHATEVER_IS_LEFT },
    { label: vscode.l10n.t('This file'), description: relative, glob: relative },
    { label: vscode.l10n.t('Files of this name, in any folder'), description: `**/${base}`, glob: `**/${base}` },
    ...(ext === ''
      ? []
      : [{ label: vscode.l10n.t('Files of this kind in its folder'), description: ofKind, glob: ofKind }]),
  ];
  const title = vscode.l10n.t('Which files are read by this pattern?');
  return (await vscode.window.showQuickPick(items, { title }))?.glob;
}
