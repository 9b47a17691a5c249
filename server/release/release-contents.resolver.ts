import { Arg, Authorized, Ctx, Mutation, Resolver } from 'type-graphql'
import { actorOf } from '../account/viewer.ts'
import { viewerOf } from '../kernel/authorize.ts'
import type { Context } from '../kernel/context.ts'
import type { MoveInput } from '../kernel/mutation.ts'
import { uuidOf } from '../kernel/node-id.ts'
import type { Release } from './release.entity.ts'
import {
  ReleaseOtherItemsInput,
  ReleaseSourceAddInput,
  ReleaseSourceRemoveInput,
  ReleaseTargetsAddInput,
  ReleaseTargetsRemoveInput,
} from './release.inputs.ts'
import { ReleasePayload } from './release.resolver.ts'
import { edited, releaseToEdit } from './release.service.ts'
import { addOtherItems, addSources, addTargets, refreshScopes, removeItems, removeSource } from './release-contents.ts'

/** What a release carries, where it goes, and what else it changes: edited until it is under way. */
@Resolver()
export class ReleaseContentsMutations {
  @Authorized('release.edit')
  @Mutation(() => ReleasePayload)
  releaseSourceAdd(@Ctx() context: Context, @Arg('input', () => ReleaseSourceAddInput) input: ReleaseSourceAddInput) {
    return editContents(context, input, 'sourceAdd', (release) =>
      addSources(context.em, release, [input.packageVersionId], ['packageVersionId']),
    )
  }

  @Authorized('release.edit')
  @Mutation(() => ReleasePayload)
  releaseSourceRemove(
    @Ctx() context: Context,
    @Arg('input', () => ReleaseSourceRemoveInput) input: ReleaseSourceRemoveInput,
  ) {
    const uuid = uuidOf(input.packageVersionId, 'pkv', ['packageVersionId'])
    return editContents(context, input, 'sourceRemove', (release) => removeSource(context.em, release, uuid))
  }

  @Authorized('release.edit')
  @Mutation(() => ReleasePayload)
  releaseTargetsAdd(
    @Ctx() context: Context,
    @Arg('input', () => ReleaseTargetsAddInput) input: ReleaseTargetsAddInput,
  ) {
    return editContents(context, input, 'targetsAdd', async (release) =>
      addTargets(
        context.em,
        await context.services.catalogue.forWrite(context.em),
        release,
        input.itemIds,
        viewerOf(context),
        ['itemIds'],
      ),
    )
  }

  @Authorized('release.edit')
  @Mutation(() => ReleasePayload)
  releaseTargetsRemove(
    @Ctx() context: Context,
    @Arg('input', () => ReleaseTargetsRemoveInput) input: ReleaseTargetsRemoveInput,
  ) {
    return editContents(context, input, 'targetsRemove', (release) =>
      removeItems(context.em, 'release_target', release, input.itemIds, viewerOf(context), ['itemIds']),
    )
  }

  @Authorized('release.edit')
  @Mutation(() => ReleasePayload, {
    description: 'Lists items that people change under it; in progress it permits changes of those that are protected.',
  })
  releaseOtherItemsAdd(
    @Ctx() context: Context,
    @Arg('input', () => ReleaseOtherItemsInput) input: ReleaseOtherItemsInput,
  ) {
    return editContents(context, input, 'otherItemsAdd', (release) =>
      addOtherItems(context.em, release, input.itemIds, viewerOf(context), ['itemIds']),
    )
  }

  @Authorized('release.edit')
  @Mutation(() => ReleasePayload)
  releaseOtherItemsRemove(
    @Ctx() context: Context,
    @Arg('input', () => ReleaseOtherItemsInput) input: ReleaseOtherItemsInput,
  ) {
    return editContents(context, input, 'otherItemsRemove', (release) =>
      removeItems(context.em, 'release_item', release, input.itemIds, viewerOf(context), ['itemIds']),
    )
  }
}

/** Adds or removes; what was so before is no change. */
async function editContents(
  context: Context,
  input: MoveInput,
  action: string,
  edit: (release: Release) => Promise<string[] | string | null>,
): Promise<ReleasePayload> {
  const { em, services } = context
  const release = await releaseToEdit(em, input, viewerOf(context))
  const names = [(await edit(release)) ?? []].flat()
  if (names.length > 0) {
    await refreshScopes(em, release)
    const because = { by: actorOf(viewerOf(context)), reason: input.reason }
    await edited(em, release, action, because, services.releaseGates, { [action]: names })
  }
  return { release } as ReleasePayload
}
