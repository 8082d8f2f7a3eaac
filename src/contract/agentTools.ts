/** Before the names of tools where those of all extensions lie side by side. */
export const LANGUAGE_MODEL_TOOL_PREFIX = 'evenkeel_';

/** Names of the tools in `src/engine/tools`, which the extension registers without loading them. */
export const AGENT_TOOLS = [
  'list_runs',
  'get_findings',
  'get_evidence',
  'compare_runs',
  'describe_loops',
  'list_fixes',
  'propose_fix',
  'try_fix',
] as const;

/** Those of {@link AGENT_TOOLS} that keep the machine busy: the user is asked first. */
export const COMPUTING_TOOLS: readonly (typeof AGENT_TOOLS)[number][] = ['try_fix'];

/** The tool that opens a fix as a diff in the editor. */
export const SHOW_FIX_TOOL = 'show_fix';

/** Id under which the manifest declares the provider of the server of the Model Context Protocol. */
export const MCP_PROVIDER = 'evenkeel.mcp';
