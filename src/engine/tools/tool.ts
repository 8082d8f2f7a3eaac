import type { z } from 'zod';
import type { EngineMethod, EngineRequests, SourceText } from '../../contract/engineProtocol.js';
import type { LabTrial } from '../../contract/labProtocol.js';

/** What tools may ask for: the engine, and the texts of source files. */
export interface ToolServices {
  request<Method extends EngineMethod>(
    method: Method,
    params: EngineRequests[Method]['params'],
    signal: AbortSignal,
  ): Promise<EngineRequests[Method]['result']>;
  /** Tries fixes in the lab; whoever runs the tool hears how it goes on. */
  tryFix(params: EngineRequests['tryFix']['params'], signal: AbortSignal): Promise<LabTrial>;
  /** The text as the user sees it: of the open editor where there is one, else of the disk. */
  readSource(file: string): Promise<SourceText>;
}

/** A question that an agent can put to Evenkeel. None of them changes a file of the user. */
export interface Tool<Input = unknown> {
  /** Stable: agents and their instructions use it. */
  readonly name: string;
  readonly title: string;
  /** For the model that chooses among tools: what it gives, and when it is of use. */
  readonly description: string;
  readonly input: z.ZodObject & z.ZodType<Input>;
  /** It keeps the machine busy for minutes and writes into a folder of its own: the user is asked first. */
  readonly computes?: true;
  /** Plain data. @throws {Error} with a sentence that says what to do instead. */
  run(input: Input, services: ToolServices, signal: AbortSignal): Promise<object>;
}

/** A tool with the types of its input kept together. */
export function tool<Input>(definition: Tool<Input>): Tool {
  return definition;
}
