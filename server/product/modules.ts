import type { Integration, ProductRef } from '../integrations/integration.ts'
import type { Integrations } from '../integrations/registry.ts'
import type { Services } from '../kernel/context.ts'
import type { ErrorCode } from '../kernel/error-codes.ts'
import { Refusal } from '../kernel/errors.ts'
import type { ManagementProduct } from './product.entity.ts'

declare module '../kernel/context.ts' {
  interface Services {
    integrations: Integrations
  }
}

/** The product has no module, or the module lacks the ability (D16). */
export class ModuleMissing extends Refusal {
  static override code: ErrorCode = 'MODULE_MISSING'
}

/** The module that serves the product; refuses, naming it, when there is none. */
export function moduleOf(services: Pick<Services, 'integrations'>, product: ManagementProduct): Integration {
  const module = services.integrations.get(product.kind)
  if (module) return module
  throw new ModuleMissing(
    `${product.name} is of the kind ${product.kind}, and the integration module "${product.kind}" is missing here, so only manual distribution is possible.`,
    {
      itemId: product.id,
      rule: 'integration module',
      evidence: { kind: product.kind, known: [...services.integrations.keys()] },
    },
  )
}

/** The product as its module gets it, secrets included. */
export function productRef(product: ManagementProduct): ProductRef {
  return { id: product.uuid, name: product.name, config: { ...product.config, ...product.secrets } }
}
