/** Our tools as an MCP server inside this process: the model calls them over the engine's standard streams. */
import type { McpSdkServerConfigWithInstance } from '@anthropic-ai/claude-agent-sdk';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { CallToolRequestSchema, type CallToolResult, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { messageOf } from '../base/errors.ts';
import type { EngineTool } from './engine.ts';

// The model sees each tool as `mcp__jv__NAME`.
const serverName = 'jv';

const answer = (text: string, isError: boolean): CallToolResult => ({ content: [{ type: 'text', text }], isError });

async function call(tool: EngineTool, input: unknown): Promise<CallToolResult> {
  try {
    return answer(await tool.call(input), false);
  } catch (error) {
    return answer(messageOf(error), true);
  }
}

/**
 * The servers for the engine. `around` is called when a call begins, and the function that it returns when the call ends.
 *
 * Tools are listed with their JSON Schema unchanged; the MCP library allows that only through its low-level interface.
 */
export function createToolServers(
  tools: readonly EngineTool[],
  around: () => () => void,
): Record<string, McpSdkServerConfigWithInstance> {
  if (tools.length === 0) return {};
  const instance = new McpServer({ name: serverName, version: '1.0.0' }, { capabilities: { tools: {} } });
  instance.server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: tools.map(({ name, description, inputSchema }) => ({
      name,
      description,
      inputSchema: { ...inputSchema, type: 'object' as const },
    })),
  }));
  instance.server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const tool = tools.find(({ name }) => name === params.name);
    if (!tool) return answer(`There is no tool ${params.name}.`, true);
    const leave = around();
    return call(tool, params.arguments ?? {}).finally(leave);
  });
  return { [serverName]: { type: 'sdk', name: serverName, instance } };
}
