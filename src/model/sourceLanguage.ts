export type SourceLanguage = 'python' | 'notebook' | 'typescript' | 'javascript';
