export interface Rate {
  /** As many at once. */
  burst: number
  /** So many come back in a minute. */
  perMinute: number
}

const MOST_KEYS = 50_000

/** Token buckets by key, in the memory of this process. */
export class RateLimiter {
  private readonly buckets = new Map<string, { level: number; at: number }>()

  constructor(
    readonly rate: Rate,
    private readonly now: () => number = Date.now,
  ) {}

  /** Takes `cost` from the bucket: 0, or when there is not enough in it, the seconds until there will be. */
  take(key: string, cost = 1): number {
    const level = this.level(key)
    if (level < cost) return Math.ceil(((cost - level) / this.rate.perMinute) * 60)
    this.set(key, level - cost)
    return 0
  }

  /** Puts back what was taken for nothing. */
  giveBack(key: string, cost = 1): void {
    this.set(key, Math.min(this.rate.burst, this.level(key) + cost))
  }

  private level(key: string): number {
    const bucket = this.buckets.get(key)
    if (!bucket) return this.rate.burst
    return Math.min(this.rate.burst, bucket.level + ((this.now() - bucket.at) / 60_000) * this.rate.perMinute)
  }

  /** A full bucket need not be remembered; of too many, those that were touched longest ago go first. */
  private set(key: string, level: number): void {
    this.buckets.delete(key)
    if (level >= this.rate.burst) return
    this.buckets.set(key, { level, at: this.now() })
    if (this.buckets.size > MOST_KEYS) this.buckets.delete(this.buckets.keys().next().value!)
  }
}
