import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** As `diff -u` prints it, with both sides under the name of the file. */
export function unifiedDiff(file: string, before: string, after: string): string {
  return createTwoFilesPatch(file, file, before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}
