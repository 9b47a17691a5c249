import { FieldResolver, ID, Resolver, Root } from 'type-graphql'
import { toNodeId } from '../kernel/node-id.ts'
import { JsonObject } from '../kernel/scalars.ts'
import { AskedQuestion, ChangedRelationship, DiscoveryChange, type ChangeKind } from './discovery-change.type.ts'

const itemIdOf = (uuid: string | null) => uuid && toNodeId('act', uuid)
const isRelationship = (kind: ChangeKind) => kind === 'RELATIONSHIP_NEW' || kind === 'RELATIONSHIP_GONE'

/** What a line of a change set says by its kind. */
@Resolver(() => DiscoveryChange)
export class DiscoveryChangeResolver {
  @FieldResolver(() => ID, {
    nullable: true,
    description: 'Id of the actual item; null for a new one that is not written.',
  })
  itemId(@Root() { actualItemId }: DiscoveryChange) {
    return itemIdOf(actualItemId)
  }

  @FieldResolver(() => JsonObject, { description: 'The values of a new item, or attribute → { from, to }.' })
  details(@Root() { kind, details }: DiscoveryChange) {
    return kind === 'QUESTION' || isRelationship(kind) ? {} : details
  }

  @FieldResolver(() => ChangedRelationship, {
    nullable: true,
    description: 'Of RELATIONSHIP_NEW and RELATIONSHIP_GONE.',
  })
  relationship(@Root() { kind, details, otherItemId }: DiscoveryChange): ChangedRelationship | null {
    if (!isRelationship(kind)) return null
    return { ...(details as Omit<ChangedRelationship, 'otherId'>), otherId: itemIdOf(otherItemId) }
  }

  @FieldResolver(() => AskedQuestion, { nullable: true, description: 'Of QUESTION.' })
  question(@Root() { kind, details }: DiscoveryChange): AskedQuestion | null {
    if (kind !== 'QUESTION') return null
    const question = details as unknown as AskedQuestion
    const candidates = question.candidates.map((one) => ({ ...one, itemId: itemIdOf(one.itemId) }))
    return { ...question, candidates }
  }
}
