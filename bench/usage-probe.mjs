// Loaded before a subject's own code (node --import): answers on the IPC channel what the process has used so far.
// Plain JavaScript, so that the subject need not strip types for it before it starts.
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const main = process.threadCpuUsage();
  process.send({
    cpuMicros: user + system,
    mainThreadMicros: main.user + main.system,
    rssBytes: process.memoryUsage.rss(),
  });
});
// The listener alone would keep the process alive.
process.channel.unref();
