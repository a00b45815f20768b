// One seed for all that is random in a test file, samples too: a file that fails says how to run it again just so.

import fc from 'fast-check'

const seed = Number(process.env['FC_SEED'] ?? Math.trunc(Math.random() * 2 ** 31))
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })

process.on('exit', code => {
  if (code !== 0) console.error(`To have the same random values again: FC_SEED=${seed}`)
})
