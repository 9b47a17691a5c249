import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql'
import { viewerOf } from '../../kernel/authorize.ts'
import type { Context } from '../../kernel/context.ts'
import { IdInput, MoveInput } from '../../kernel/mutation.ts'
import { DeploymentPayload } from '../deployment.types.ts'
import { acknowledge, unacknowledge } from './acknowledge.service.ts'
import { DeploymentHandOverInput, ShiftNotePinInput } from './care.inputs.ts'
import { answerHandOver, handOver, holdDeployment, letGo } from './hold.service.ts'
import { clearNote, pinNote } from './note.service.ts'

/** What people tell each other about a deployment. Wherever a version is expected, it is that of the hold. */
@Resolver()
export class DeploymentCareMutations {
  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, {
    description:
      'Says that the caller looks after it. Out of the hands of somebody else it takes a reason. Nothing is forbidden to others by it.',
  })
  async deploymentHold(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { deployment: await holdDeployment(context.em, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, { description: 'The caller holds it no more; nobody does.' })
  async deploymentLetGo(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { deployment: await letGo(context.em, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, {
    description: 'Offers what the caller holds to somebody else, who holds it from their acknowledgement on.',
  })
  async deploymentHandOver(
    @Ctx() context: Context,
    @Arg('input', () => DeploymentHandOverInput) input: DeploymentHandOverInput,
  ) {
    return { deployment: await handOver(context.em, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, { description: 'Takes what is handed over to the caller: from now on theirs.' })
  async handOverAcknowledge(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { deployment: await answerHandOver(context.em, viewerOf(context), input, 'acknowledgeHandOver') }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, { description: 'Leaves what is handed over to the caller with its holder.' })
  async handOverDecline(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { deployment: await answerHandOver(context.em, viewerOf(context), input, 'declineHandOver') }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, { description: 'The holder keeps what they were handing over.' })
  async handOverWithdraw(@Ctx() context: Context, @Arg('input', () => MoveInput) input: MoveInput) {
    return { deployment: await answerHandOver(context.em, viewerOf(context), input, 'withdrawHandOver') }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, { description: 'Pins a note to a deployment, in the place of the one before.' })
  async shiftNotePin(@Ctx() context: Context, @Arg('input', () => ShiftNotePinInput) input: ShiftNotePinInput) {
    return { deployment: await pinNote(context.em, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, { description: 'Takes the note away; its wordings stay in the history.' })
  async shiftNoteClear(@Ctx() context: Context, @Arg('input', () => IdInput) input: IdInput) {
    return { deployment: await clearNote(context.em, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, {
    description: 'Says that the caller saw what went wrong and is on it; `reason` is what they say about it.',
  })
  async deploymentAcknowledge(@Ctx() context: Context, @Arg('input', () => IdInput) input: IdInput) {
    return { deployment: await acknowledge(context.em, viewerOf(context), input) }
  }

  @Authorized('deployment.control')
  @Mutation(() => DeploymentPayload, { description: 'Says that nobody is on it after all, whoever had said so.' })
  async deploymentUnacknowledge(@Ctx() context: Context, @Arg('input', () => IdInput) input: IdInput) {
    return { deployment: await unacknowledge(context.em, viewerOf(context), input) }
  }
}
