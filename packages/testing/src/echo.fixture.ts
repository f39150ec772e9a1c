import { freePort } from '@tenantry/testing';

const [said] = process.argv.slice(2);
await freePort();
process.stdout.write(`ready ${said} ${process.env.TWO}\n`);

process.on('message', (message: { say?: string; exit?: number }) => {
  if (message.say !== undefined) process.stdout.write(`said ${message.say}\n`);
  if (message.exit !== undefined) process.exit(message.exit);
});
