import type { Context } from '../kernel/context.ts'
import { productRef } from '../product/modules.ts'
import { productOf } from '../product/product.reads.ts'
import type { Deployment } from './deployment.entity.ts'

/** Where the job of a started deployment, or of one of its targets, is seen in the product itself; null if nowhere. */
export async function launchUrl(
  context: Context,
  deployment: Deployment,
  targetKey?: string | null,
): Promise<string | null> {
  if (!deployment.productId || !deployment.startedAt) return null
  const product = await productOf(context, deployment.productId)
  if (!product) return null
  const module = context.services.integrations.get(product.kind)
  if (!module?.launchUrl) return null
  const where = { deploymentId: deployment.uuid, ...(targetKey ? { targetKey } : {}) }
  return (await module.launchUrl(productRef(product), where)) ?? null
}
