process.stdout.write('plumbline\n');
