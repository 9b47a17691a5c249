import type { Context } from '../kernel/context.ts'
import type {} from '../catalogue/keeper.ts'
import type { ConfigurationItem } from '../item/item.entity.ts'
import type { AttributeValue } from '../item/item.type.ts'
import { productOf } from '../product/product.reads.ts'
import type { ActualItem } from './actual-item.entity.ts'
import { EXTENDED } from './adapters/adapter.ts'
import { actualItemAt } from './actual-past.ts'
import { actualItemOf, observationsOf } from './actual.reads.ts'
import type { Observation } from './actual.type.ts'

/** The values of a configuration item beside what is observed now; at an earlier time beside what was observed then. */
export async function bothSides(context: Context, item: ConfigurationItem): Promise<AttributeValue[]> {
  const { actualItemId, asOf } = item
  if (asOf) return attributeValues(context, item, actualItemId ? await actualItemAt(context, actualItemId, asOf) : null)
  const actual = actualItemId ? await actualItemOf(context, actualItemId) : null
  return attributeValues(context, item, actual)
}

/** Every attribute of the class that has a value on either side, in the order of the class. */
export async function attributeValues(
  context: Context,
  item: ConfigurationItem | null,
  actual: ActualItem | null,
): Promise<AttributeValue[]> {
  const observations = actual ? await observationsOf(context, actual) : []
  const rules = context.services.catalogue.now.attributesOf((actual ?? item)!.className)
  const values = rules.map(async ({ name, title, unit = null }): Promise<AttributeValue | null> => {
    const observed = actual?.attributes[name] ?? null
    const authorizedValue = item?.attributes[name] ?? null
    if (observed === null && authorizedValue === null) return null
    const witness = observed === null ? undefined : observations.find((one) => name in one.attributes)
    return {
      name,
      title,
      unit,
      value: observed ?? authorizedValue,
      source: observed === null ? 'authorized' : await sourceName(context, witness),
      observedAt: witness?.at ?? null,
      authorizedValue,
    }
  })
  const told = (await Promise.all(values)).filter((one) => one !== null)
  return [...told, ...(await extendedValues(context, actual, observations))]
}

/** What people added to a source, and the class does not know. */
async function extendedValues(context: Context, actual: ActualItem | null, observations: Observation[]) {
  const names = Object.keys(actual?.attributes ?? {}).filter((name) => name.startsWith(EXTENDED))
  return Promise.all(
    names.map(async (name): Promise<AttributeValue> => {
      const witness = observations.find((one) => name in one.attributes)
      return {
        name,
        title: `${name.slice(EXTENDED.length)} (extended)`,
        unit: null,
        value: actual!.attributes[name],
        source: await sourceName(context, witness),
        observedAt: witness?.at ?? null,
        authorizedValue: null,
      }
    }),
  )
}

async function sourceName(context: Context, witness: Observation | undefined): Promise<string> {
  const product = witness?.productId && (await productOf(context, witness.productId))
  return product ? product.name : 'Confirmation'
}
