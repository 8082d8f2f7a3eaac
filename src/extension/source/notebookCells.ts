import * as vscode from 'vscode';

const CELL_SCHEME = 'vscode-notebook-cell';

/** Whether a document is a cell of a notebook. */
export function isCell({ uri }: Pick<vscode.TextDocument, 'uri'>): boolean {
  return uri.scheme === CELL_SCHEME;
}

/** The cell that a document is, with the notebook that holds it, as long as that is open. */
export function cellOf(document: vscode.TextDocument): vscode.NotebookCell | undefined {
  return isCell(document)
    ? vscode.workspace.notebookDocuments
        .flatMap((notebook) => notebook.getCells())
        .find((cell) => cell.document === document)
    : undefined;
}

/** The cells of Python of the notebook that a cell stands in, in order; none for a file. */
export function pythonCellsAround(document: vscode.TextDocument): readonly vscode.TextDocument[] {
  const cells = cellOf(document)?.notebook.getCells() ?? [];
  return cells.map((cell) => cell.document).filter(({ languageId }) => languageId === 'python');
}
