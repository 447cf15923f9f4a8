// Fetches URL/?n=0, 1, 2 with the header sets on standard input, by Node's fetch.
const sets = JSON.parse(require('fs').readFileSync(0, 'utf8'));
(async () => {
  for (let number = 0; number < sets.length; number++) {
    const answer = await fetch(`${process.argv[2]}?n=${number}`, {headers: sets[number]});
    await answer.text();
  }
})();
