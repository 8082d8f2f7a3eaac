import type { z } from 'zod';
import type { EngineMethod, EngineRequests, SourceText } from '../../contract/engineProtocol.js';

/** What tools may ask for: the engine, and the texts of source files. */
export interface ToolServices {
  request<Method extends EngineMethod>(
    method: Method,
    params: EngineRequests[Method]['params'],
    signal: AbortSignal,
  ): Promise<EngineRequests[Method]['result']>;
  /** The text as the user sees it: of the open editor where there is one, else of the disk. */
  readSource(file: string): Promise<SourceText>;
}

/** A question that an agent can put to Evenkeel. Tools read; none of them changes a file. */
export interface Tool<Input = unknown> {
  /** Stable: agents and their instructions use it. */
  readonly name: string;
  readonly title: string;
  /** For the model that chooses among tools: what it gives, and when it is of use. */
  readonly description: string;
  readonly input: z.ZodObject & z.ZodType<Input>;
  /** Plain data. @throws {Error} with a sentence that says what to do instead. */
  run(input: Input, services: ToolServices, signal: AbortSignal): Promise<object>;
}

/** A tool with the types of its input kept together. */
export function tool<Input>(definition: Tool<Input>): Tool {
  return definition;
}
