import { describe, expect, it } from 'vitest';
import {
  AGENT_TOOLS,
  LANGUAGE_MODEL_TOOL_PREFIX,
  MCP_PROVIDER,
  SHOW_FIX_TOOL,
} from '../../../src/contract/agentTools.js';
import { inputSchemaOf, TOOLS } from '../../../src/engine/tools/tools.js';
import { readText } from './repository.js';

interface DeclaredTool {
  readonly name: string;
  readonly displayName: string;
  readonly modelDescription: string;
  readonly userDescription: string;
  readonly toolReferenceName: string;
  readonly inputSchema: object;
}

const { contributes } = JSON.parse(readText('package.json')) as {
  contributes: { languageModelTools: DeclaredTool[]; mcpServerDefinitionProviders: { id: string }[] };
};

describe('tools for agents', () => {
  it('have in the contract the names that they have in the engine', () => {
    expect(AGENT_TOOLS).toEqual(TOOLS.map(({ name }) => name));
  });

  it('are declared in the manifest as they are', () => {
    const declared = contributes.languageModelTools.filter(({ name }) => !name.endsWith(SHOW_FIX_TOOL));
    expect(
      declared.map(({ name, displayName, modelDescription, inputSchema }) => [
        name,
        displayName,
        modelDescription,
        inputSchema,
      ]),
    ).toEqual(
      TOOLS.map((one) => [LANGUAGE_MODEL_TOOL_PREFIX + one.name, one.title, one.description, inputSchemaOf(one)]),
    );
  });

  it('take for a fix that is shown what they take for one that is proposed', () => {
    const schemas = ['propose_fix', SHOW_FIX_TOOL].map(
      (name) =>
        contributes.languageModelTools.find((one) => one.name === LANGUAGE_MODEL_TOOL_PREFIX + name)?.inputSchema,
    );
    expect(schemas[0]).toBeDefined();
    expect(schemas[0]).toEqual(schemas[1]);
  });

  it('can each be named in a prompt', () => {
    const references = contributes.languageModelTools.map(({ toolReferenceName }) => toolReferenceName);
    expect(new Set(references).size).toBe(contributes.languageModelTools.length);
    contributes.languageModelTools.forEach(({ userDescription }) => expect(userDescription).not.toBe(''));
  });

  it('are served under the declared provider', () => {
    expect(contributes.mcpServerDefinitionProviders.map(({ id }) => id)).toEqual([MCP_PROVIDER]);
  });
});
