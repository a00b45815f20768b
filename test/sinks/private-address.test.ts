import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { guardedLookup, isPrivateAddress } from '../../src/sinks/private-address.ts'

describe('addresses that a URL made from data must not reach', () => {
  const inside = [
    '127.0.0.1',
    '127.255.0.9',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
  ]
  inside.push(
    '0.0.0.0',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::1',
  )
  inside.push(
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'ff02::1',
  )
  inside.push('', 'localhost')
  for (const address of inside) it(`${address} is one`, () => assert.equal(isPrivateAddress(address), true))

  const outside = [
    '8.8.8.8',
    '172.32.0.1',
    '172.15.0.1',
    '11.0.0.1',
    '192.169.0.1',
    '2001:4860:4860::8888',
    '::ffff:8.8.8.8',
  ]
  for (const address of outside) it(`${address} is none`, () => assert.equal(isPrivateAddress(address), false))

  it('a name is looked up and refused by what it resolves to', async () => {
    for (const all of [true, false]) {
      const error = await new Promise<Error | null>(resolve => guardedLookup('localhost', { all }, resolve))
      assert.equal(error?.name, 'PrivateAddressError')
      assert.match(error?.message ?? '', /"localhost" is a loopback or private address; allowPrivateNetwork/)
    }
  })
})
