import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import { Account } from '../../account/account.entity.ts'
import { accountField } from '../../account/account.fields.ts'
import { viewerOf } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { reachesWhole } from '../../kernel/whole-reach.ts'
import { Deployment } from '../deployment.entity.ts'
import { deploymentTargetScopes } from '../load.ts'
import { acknowledgementField, holdField, needsAttention, noteField, possibleHoldersOf } from './care.reads.ts'
import { Acknowledgement, DeploymentCare, DeploymentHold, ShiftNote } from './care.types.ts'
import { doneBy, holdLifecycle, type HoldAction } from './hold.lifecycle.ts'
import { isDone } from './hold.service.ts'
import { HOLD } from './holders.ts'

@Resolver(() => Deployment)
export class DeploymentCareFieldResolver {
  @FieldResolver(() => DeploymentCare, { description: 'Who holds it, what they pinned to it, who is on its trouble.' })
  care(@Root() deployment: Deployment): DeploymentCare {
    return Object.assign(new DeploymentCare(), { deployment })
  }
}

@Resolver(() => DeploymentCare)
export class DeploymentCareResolver {
  @FieldResolver(() => DeploymentHold)
  hold(@Root() { deployment }: DeploymentCare, @Ctx() context: Context) {
    return holdField(context, deployment.uuid)
  }

  @FieldResolver(() => ShiftNote, { nullable: true, description: 'Pinned for whoever comes next.' })
  shiftNote(@Root() { deployment }: DeploymentCare, @Ctx() context: Context) {
    return noteField(context, deployment.uuid)
  }

  @FieldResolver(() => Boolean, {
    description: 'Whether a target ended badly, is in doubt or was contradicted, or the whole waits for a person.',
  })
  needsAttention(@Root() { deployment }: DeploymentCare, @Ctx() context: Context) {
    return needsAttention(context, deployment.uuid)
  }

  @FieldResolver(() => Acknowledgement, {
    nullable: true,
    description: 'Who is on what is wrong now; null when nobody said so, and when something went wrong since.',
  })
  acknowledgement(@Root() { deployment }: DeploymentCare, @Ctx() context: Context) {
    return acknowledgementField(context, deployment.uuid)
  }

  @FieldResolver(() => [String], { description: 'What the caller can do here now.' })
  async allowedActions(@Root() { deployment }: DeploymentCare, @Ctx() context: Context): Promise<string[]> {
    if (!(await mayHold(context, deployment))) return []
    const [hold, note, troubled, known] = await Promise.all([
      holdField(context, deployment.uuid),
      noteField(context, deployment.uuid),
      needsAttention(context, deployment.uuid),
      acknowledgementField(context, deployment.uuid),
    ])
    return [
      ...holdActions(hold, deployment, viewerOf(context).accountId),
      'pinNote',
      ...(note ? ['clearNote'] : []),
      ...(known ? ['unacknowledge'] : troubled ? ['acknowledge'] : []),
    ]
  }

  @FieldResolver(() => [Account], {
    description:
      'Who could hold it: active accounts that may steer all of it, by name, without its holder; at most 200. Empty for callers who may not hold it.',
  })
  async successors(@Root() { deployment }: DeploymentCare, @Ctx() context: Context): Promise<Account[]> {
    if (!(await mayHold(context, deployment))) return []
    const [{ holderId }, possible] = await Promise.all([
      holdField(context, deployment.uuid),
      possibleHoldersOf(context, deployment.uuid),
    ])
    const others = possible.filter(({ uuid }) => uuid !== holderId)
    return Promise.all(others.map(async ({ uuid }) => (await accountField(context, uuid))!))
  }
}

@Resolver(() => DeploymentHold)
export class DeploymentHoldResolver {
  @FieldResolver(() => Account, { nullable: true })
  holder(@Root() { holderId }: DeploymentHold, @Ctx() context: Context) {
    return accountField(context, holderId)
  }

  @FieldResolver(() => Account, { nullable: true, description: 'To whom the holder hands it over.' })
  successor(@Root() { successorId }: DeploymentHold, @Ctx() context: Context) {
    return accountField(context, successorId)
  }
}

@Resolver(() => ShiftNote)
export class ShiftNoteResolver {
  @FieldResolver(() => Account)
  by(@Root() { byId }: ShiftNote, @Ctx() context: Context) {
    return accountField(context, byId)
  }
}

@Resolver(() => Acknowledgement)
export class AcknowledgementResolver {
  @FieldResolver(() => Account)
  by(@Root() { byId }: Acknowledgement, @Ctx() context: Context) {
    return accountField(context, byId)
  }
}

const mayHold = (context: Context, deployment: Deployment) =>
  reachesWhole(context, HOLD, deployment, deploymentTargetScopes)

function holdActions(hold: DeploymentHold, deployment: Deployment, me: string): HoldAction[] {
  const am = hold.holderId === me ? 'holder' : hold.successorId === me ? 'successor' : 'another'
  return holdLifecycle.actionsFrom(hold.state).filter((action) => {
    if (doneBy[action] !== am) return false
    return am !== 'another' || !isDone(deployment)
  })
}
