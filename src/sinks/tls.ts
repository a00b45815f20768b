// TLS of a sink's connection: the options of spec/rules-and-sinks.md 7 in, what node:tls takes out.

import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { SecureVersion } from 'node:tls'
import type { PropertySchema } from './options.ts'
import { SinkError } from './sink.ts'

export interface TlsOptions {
  readonly certificationPath?: string
  readonly privateKeyPath?: string
  readonly rootCaPath?: string
  readonly certificationRaw?: string
  readonly privateKeyRaw?: string
  readonly rootCARaw?: string
  readonly insecureSkipVerify?: boolean
  readonly tlsMinVersion?: keyof typeof VERSIONS
}

const VERSIONS = { 'tls1.0': 'TLSv1', 'tls1.1': 'TLSv1.1', 'tls1.2': 'TLSv1.2', 'tls1.3': 'TLSv1.3' } as const

export const tlsSchema: { readonly [name: string]: PropertySchema } = {
  certificationPath: { type: 'string', description: 'client certificate, a PEM file' },
  privateKeyPath: { type: 'string', description: 'its private key, a PEM file' },
  rootCaPath: { type: 'string', description: 'certificates to trust, a PEM file; default: the system roots' },
  certificationRaw: { type: 'string', description: 'client certificate, base64 of PEM' },
  privateKeyRaw: { type: 'string', description: 'its private key, base64 of PEM' },
  rootCARaw: { type: 'string', description: 'certificates to trust, base64 of PEM' },
  insecureSkipVerify: { type: 'boolean', default: false, description: 'take any certificate of the server' },
  tlsMinVersion: { type: 'string', enum: Object.keys(VERSIONS), default: 'tls1.2', description: 'oldest TLS version' },
}

export const tlsNotBuilt: { readonly [name: string]: unknown } = { renegotiationSupport: 'never', tls: '' }

export interface TlsMaterial {
  readonly rejectUnauthorized: boolean
  readonly minVersion: SecureVersion
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly ca?: Buffer
}

/**
 * Reads certificates and keys; done at every open, so that renewed files are taken up.
 * @param folder what relative paths start from
 * @throws {SinkError} not retryable by itself, but open is tried again
 */
export async function readTls(options: TlsOptions, folder: string): Promise<TlsMaterial> {
  const cert = await material(options.certificationPath, options.certificationRaw, folder)
  const key = await material(options.privateKeyPath, options.privateKeyRaw, folder)
  const ca = await material(options.rootCaPath, options.rootCARaw, folder)
  return {
    rejectUnauthorized: options.insecureSkipVerify !== true,
    minVersion: VERSIONS[options.tlsMinVersion ?? 'tls1.2'],
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(ca ? { ca } : {}),
  }
}

async function material(file: string | undefined, raw: string | undefined, folder: string) {
  if (file) {
    try {
      return await readFile(path.resolve(folder, file))
    } catch (cause) {
      throw new SinkError(`cannot read "${file}": ${(cause as NodeJS.ErrnoException).code}`, false, { cause })
    }
  }
  return raw ? Buffer.from(raw, 'base64') : undefined
}
