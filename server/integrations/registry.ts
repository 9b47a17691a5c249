/** Every integration module there is. A folder that is not in this list fails test/contract/integrations.test.ts. */
import type { Integration } from './integration.ts'
import { createLocal } from './local/index.ts'
import type { LocalOptions } from './local/index.ts'
import { createManual } from './manual/index.ts'

export interface IntegrationOptions {
  local?: LocalOptions
}

/** By the kind of management product they serve. Each call makes new modules that share nothing. */
export type Integrations = ReadonlyMap<string, Integration>

export function createIntegrations(options: IntegrationOptions = {}): Integrations {
  const all: Integration[] = [createLocal(options.local), createManual()]
  return new Map(all.map((module) => [module.id, module]))
}

/** Gives back what the modules hold open; targets are left alone. */
export async function closeIntegrations(integrations: Integrations): Promise<void> {
  await Promise.all([...integrations.values()].map((module) => module.close?.()))
}
