import { Args, Authorized, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql'
import type { Context } from '../../kernel/context.ts'
import { Release } from '../../release/release.entity.ts'
import { releaseOf } from '../../release/release.reads.ts'
import { Deployment } from '../deployment.entity.ts'
import { deploymentOf } from '../deployment.reads.ts'
import { matrixOf } from './matrix.reads.ts'
import { MatrixCell, MatrixRow, ReleaseMatrix, ReleaseMatrixArgs } from './matrix.types.ts'

@Resolver()
export class ReleaseMatrixResolver {
  @Authorized('release.read')
  @Query(() => ReleaseMatrix, {
    description: 'Releases against the sites or other items in which their targets lie. A page of 1 to 200 rows.',
  })
  releaseMatrix(@Ctx() context: Context, @Args(() => ReleaseMatrixArgs) args: ReleaseMatrixArgs) {
    return matrixOf(context, args)
  }
}

@Resolver(() => MatrixRow)
export class MatrixRowResolver {
  @FieldResolver(() => Release)
  release(@Root() { releaseId }: MatrixRow, @Ctx() context: Context) {
    return releaseOf(context, releaseId)
  }
}

@Resolver(() => MatrixCell)
export class MatrixCellResolver {
  @FieldResolver(() => [Deployment], { description: 'Those that carried it here latest, at most 10, newest first.' })
  async deployments(@Root() { deploymentIds }: MatrixCell, @Ctx() context: Context): Promise<Deployment[]> {
    const found = await Promise.all(deploymentIds.map((uuid) => deploymentOf(context, uuid)))
    return found.filter((one) => one !== null).sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
  }

  @FieldResolver(() => [Release], {
    description: 'The later releases that `replaced` counts, as far as the caller sees them.',
  })
  async replacedBy(@Root() { replacedByIds }: MatrixCell, @Ctx() context: Context): Promise<Release[]> {
    const found = await Promise.all(replacedByIds.map((uuid) => releaseOf(context, uuid)))
    return found.filter((one) => one !== null)
  }
}
