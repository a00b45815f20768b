// The connections of one rest sink: its TLS options in, an agent that keeps them alive out.

import type { Socket } from 'node:net'
import type { Agent } from 'undici'
import { guardedLookup, isPrivateAddress, PrivateAddressError } from './private-address.ts'
import { readTls, type TlsOptions } from './tls.ts'

/** A URL per device must not keep ten thousand idle connections. */
const MOST_IDLE_MS = 10_000
const CONNECT_TIMEOUT_MS = 10_000

/** @param isGuarded refuses loopback and private addresses, by every name and after connecting once more */
export async function makeAgent(tls: TlsOptions, folder: string, isGuarded: boolean): Promise<Agent> {
  const { Agent, buildConnector } = await import('undici')
  const material = await readTls(tls, folder)
  const connect = buildConnector({
    ...material,
    ...(isGuarded ? { lookup: guardedLookup } : {}),
    timeout: CONNECT_TIMEOUT_MS,
    allowH2: false,
  } as Parameters<typeof buildConnector>[0])
  return new Agent({
    connections: 1,
    pipelining: 1,
    keepAliveTimeout: MOST_IDLE_MS,
    keepAliveMaxTimeout: MOST_IDLE_MS,
    connect: isGuarded ? (options, callback) => connect(options, guarded(options.hostname, callback)) : connect,
  })
}

type Callback = (...args: [null, Socket] | [Error, null]) => void

function guarded(hostname: string, callback: Callback): Callback {
  return (...args) => {
    const [error, socket] = args
    if (error === null && socket && isPrivateAddress(socket.remoteAddress ?? '')) {
      socket.destroy()
      callback(new PrivateAddressError(hostname), null)
    } else {
      callback(...args)
    }
  }
}
