// What pm2-runtime keeps alive in the image. Not needed to run Sluice without pm2.

module.exports = {
  apps: [
    {
      name: 'sluice',
      script: `${__dirname}/src/main.ts`,
      args: 'run',
      interpreter: 'node', // said outright: pm2 takes bun for a .ts script
      exec_mode: 'fork',
      autorestart: true,
      exp_backoff_restart_delay: 200, // ms, half as long again after each crash, at most 15 s
      stop_exit_codes: [78], // the configuration does not let it start: another try would end the same way
      kill_timeout: 12_000, // ms; Sluice needs at most 10 s to stop, the container is given 20 s
      kill_retry_time: 500, // ms between two looks whether it has stopped; each look is a line in the log
      pmx: false, // no instrumentation inside the process
      vizion: false, // no look for a git repository
    },
  ],
}
