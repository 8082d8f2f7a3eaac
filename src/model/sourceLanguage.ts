export type SourceLanguage = 'python' | 'notebook' | 'typescript' | 'javascript' | 'yaml' | 'json' | 'toml' | 'shell';
