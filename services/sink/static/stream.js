// The deliveries until now, then each as it arrives, however often the connection is lost.

const SECONDS = [1, 2, 5, 10];

const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

async function newest(count) {
  const answer = await fetch(`/api/v1/deliveries?newest=${count}`);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.json()).deliveries;
}

// Resolves when the connection is lost.
function listen(after, onOpen, onDelivery) {
  return new Promise((resolve) => {
    const source = new EventSource(`/api/v1/stream?after=${after}`);
    source.onopen = onOpen;
    source.onmessage = (event) => onDelivery(JSON.parse(event.data));
    // The browser would try again after a lost connection, but not after an error's status.
    source.onerror = () => { source.close(); resolve(); };
  });
}

export async function follow({ newest: count, begin, arrived, state }) {
  let last = null;
  for (let tries = 0; ; tries += 1) {
    try {
      const known = await newest(last === null ? count : 1);
      const end = known.at(-1)?.seq ?? 0;
      // Fewer than before: the sink's data is gone, and what is shown with it.
      if (last !== null && end < last) return void location.reload();
      if (last === null) {
        await begin(known);
        last = end;
      }
      await listen(last, () => { tries = 0; state("live", "Live"); }, (delivery) => {
        last = delivery.seq;
        arrived(delivery);
      });
    } catch {
      // Not reachable: said below, and tried again.
    }
    state("lost", "Connection lost, trying again");
    await wait(SECONDS[Math.min(tries, SECONDS.length - 1)]);
  }
}
