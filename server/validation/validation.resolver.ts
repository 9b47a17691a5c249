import {
  Arg,
  Args,
  Authorized,
  Ctx,
  Field,
  FieldResolver,
  ID,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
} from 'type-graphql'
import { Deployment } from '../deployment/deployment.entity.ts'
import { deploymentTargetScopes } from '../deployment/load.ts'
import { SOMETHING_CHANGED } from '../deployment/validation-moves.ts'
import { DeploymentPayload } from '../deployment/deployment.types.ts'
import { ConfigurationItem } from '../item/item.entity.ts'
import { itemOf } from '../item/item.reads.ts'
import { viewerOf } from '../kernel/authorize.ts'
import { PageArgs } from '../kernel/connection.ts'
import type { Context } from '../kernel/context.ts'
import { MoveInput } from '../kernel/mutation.ts'
import { toNodeId, uuidOf } from '../kernel/node-id.ts'
import { JsonValue } from '../kernel/scalars.ts'
import { reachesWhole } from '../kernel/whole-reach.ts'
import { Finding, FindingConnection } from './finding.entity.ts'
import { predicateOf } from './predicates/catalogue.ts'
import { Validation } from './validation.entity.ts'
import { findingsOf, latestValidationOf, shownFacts, validationOf } from './validation.reads.ts'
import { validateDeployment } from './validation.service.ts'

@ObjectType({ description: 'One thing that a validation read, as it was then.' })
export class RecordedFact {
  @Field(() => String, { description: 'PREDICATE: a statement that held or did not. FACT: a value.' })
  kind!: string

  @Field(() => String, { description: 'Id of what it is about.' })
  subject!: string

  @Field(() => String)
  predicate!: string

  @Field(() => JsonValue, { nullable: true })
  value!: unknown
}

const PREFIX = { item: 'ci', packageVersion: 'pkv', deployment: 'dpl' } as const

@Resolver(() => Validation)
export class ValidationResolver {
  @Authorized('deployment.read')
  @Query(() => Validation, { nullable: true })
  validation(@Ctx() context: Context, @Arg('id', () => ID) id: string) {
    return validationOf(context, uuidOf(id, 'val'))
  }

  @Authorized('deployment.validate')
  @Mutation(() => DeploymentPayload, {
    description: 'Has it checked. Findings come by validationFindings while they are found.',
  })
  async deploymentValidate(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { deployment: await validateDeployment(context.em, context.services, viewerOf(context), input) }
  }

  @FieldResolver(() => FindingConnection, { description: 'The worst first, then as they were found.' })
  findings(@Root() validation: Validation, @Ctx() context: Context, @Args(() => PageArgs) page: PageArgs) {
    return findingsOf(context, validation.uuid, page)
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'The fact that is not true any more: what it was and what it is. Who sees only a part of the targets hears only that there is one.',
  })
  async invalidatedBy(@Root() validation: Validation, @Ctx() context: Context): Promise<string | null> {
    const { deploymentId: uuid, scopeIds, invalidatedBy } = validation
    if (invalidatedBy === null) return null
    const seesAll = await reachesWhole(context, 'deployment.read', { uuid, scopeIds }, deploymentTargetScopes)
    return seesAll ? invalidatedBy : SOMETHING_CHANGED
  }

  @FieldResolver(() => [RecordedFact], {
    description: 'What it read; when one of these is not true any more, it is INVALIDATED. At most 1,000 are shown.',
  })
  async readSet(@Root() validation: Validation, @Ctx() context: Context): Promise<RecordedFact[]> {
    const facts = await shownFacts(context, validation.uuid)
    return facts.map((fact) => ({
      ...fact,
      subject: toNodeId(PREFIX[predicateOf(fact.predicate)?.subject ?? 'item'], fact.subject),
    }))
  }
}

@Resolver(() => Finding)
export class FindingResolver {
  @FieldResolver(() => ConfigurationItem, { nullable: true })
  item(@Root() finding: Finding, @Ctx() context: Context) {
    return finding.itemId && itemOf(context, finding.itemId)
  }
}

/** What validation adds to a deployment. */
@Resolver(() => Deployment)
export class DeploymentValidationResolver {
  @FieldResolver(() => Validation, { nullable: true, description: 'The latest; the only one that counts.' })
  validation(@Root() deployment: Deployment, @Ctx() context: Context) {
    return latestValidationOf(context, deployment.uuid)
  }
}
