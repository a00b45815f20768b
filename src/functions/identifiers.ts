// New identifiers: the time in, a text no one else makes out (newuuid, props("snowflake")).

import { randomBytes, randomInt } from 'node:crypto'

/** 100 ns intervals from 1582-10-15 to 1970-01-01. */
const GREGORIAN_OFFSET = 122_192_928_000_000_000n
const TICKS_PER_MS = 10_000n

let node: string | undefined
let clockSequence = 0
let lastTick = 0n

/**
 * A version 1 UUID.
 * @param nowMs ms since 1970 UTC
 * @see RFC 9562 section 5.1; the node is random with the multicast bit set, section 6.10
 */
export function newUuid(nowMs: number): string {
  node ??= randomNode()
  const tick = nextTick(BigInt(Math.floor(nowMs)) * TICKS_PER_MS + GREGORIAN_OFFSET)
  const time = BigInt.asUintN(60, tick).toString(16).padStart(15, '0')
  const sequence = (0x8000 | clockSequence).toString(16)
  return `${time.slice(7)}-${time.slice(3, 7)}-1${time.slice(0, 3)}-${sequence}-${node}`
}

function randomNode(): string {
  clockSequence = randomInt(0x4000)
  const bytes = randomBytes(6)
  bytes[0]! |= 1
  return bytes.toString('hex')
}

/** Ticks only go up; when the clock went back, a new sequence tells the two stretches apart. */
function nextTick(tick: bigint): bigint {
  if (tick > lastTick) {
    lastTick = tick
  } else if (lastTick - tick < TICKS_PER_MS) {
    lastTick++
  } else {
    clockSequence = (clockSequence + 1) & 0x3fff
    lastTick = tick
  }
  return lastTick
}

/** 2010-11-04T01:42:54.657Z, where the ids of this kind begin. */
const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
/** How far ids may run ahead of the clock, or the clock step back, before the clock is followed again. */
const MOST_BORROWED_MS = 1000n

let worker: bigint | undefined
let lastAge = 0n
let sequence = -1n

/** 41 bits ms, 10 bits worker (random for the process), 12 bits sequence; always rising while the clock does. */
export function newSnowflake(nowMs: number): bigint {
  worker ??= BigInt(randomInt(1024))
  const age = BigInt(Math.max(0, Math.floor(nowMs) - SNOWFLAKE_EPOCH_MS))
  if (age > lastAge || lastAge - age > MOST_BORROWED_MS) {
    lastAge = age
    sequence = 0n
  } else if (++sequence > 0xfffn) {
    // More than 4096 in one millisecond borrow from the next.
    lastAge++
    sequence = 0n
  }
  return (lastAge << 22n) | (worker << 12n) | sequence
}
