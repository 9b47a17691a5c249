import type { RepositoryDriver } from '../repository-driver.ts'
import { directory } from './directory/index.ts'

/** Every kind of repository there is. A folder that is not in this list fails test/contract/repositories.test.ts. */
export const repositoryDrivers: readonly RepositoryDriver[] = [directory]

/** The driver of a kind, or undefined. */
export function driverOf(kind: string): RepositoryDriver | undefined {
  return repositoryDrivers.find((driver) => driver.kind === kind)
}
