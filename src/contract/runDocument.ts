/** What a run can be written as: files by their extensions, and the text of an issue, which goes to the clipboard. */
export const DOCUMENT_EXTENSIONS = { markdown: 'md', html: 'html', sarif: 'sarif', issue: 'md' } as const;

export type DocumentForm = keyof typeof DOCUMENT_EXTENSIONS;

export interface DocumentRequest {
  readonly run: string;
  readonly form: DocumentForm;
  /** Of Evenkeel. */
  readonly version: string;
  /** Absolute folders, such as those of the workspace: paths below one are told relative to it. */
  readonly folders: readonly string[];
}
