'use strict';

// Asks for the seconds that it has not seen yet, and draws the last three minutes.
const kept = 180;
const samples = [];
const byId = id => document.getElementById(id);
const number = value => value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });
const bytes = value => value < 1024 ? `${number(value)} B/s` : value < 1048576 ? `${number(value / 1024)} KiB/s` : `${number(value / 1048576)} MiB/s`;
const loopOf = (sample, loop) => sample.loops.find(each => each.loop === loop);
const hasRestarted = (before, after) => after.loops.some(each => each.restarts > (loopOf(before, each.loop)?.restarts ?? each.restarts));
const sum = (sample, key) => sample.loops.reduce((total, loop) => total + loop[key], 0);

function draw(id, series, unit) {
  const svg = byId(id);
  const width = kept - 1, height = 100;
  const most = Math.max(1e-9, ...series.flatMap(one => samples.map(one)));
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  const at = n => width - (samples.length - 1 - n);
  const nodes = [];
  for (let n = 1; n < samples.length; n++) {
    if (hasRestarted(samples[n - 1], samples[n])) {
      const line = document.createElementNS(svg.namespaceURI, 'line');
      for (const [name, value] of Object.entries({ x1: at(n), x2: at(n), y1: 0, y2: height, class: 'restart' })) {
        line.setAttribute(name, value);
      }
      nodes.push(line);
    }
  }
  series.forEach((one, n) => {
    const line = document.createElementNS(svg.namespaceURI, 'polyline');
    line.setAttribute('class', `s${n % 4}`);
    line.setAttribute('points', samples.map((sample, n) => `${at(n)},${(height - 2) * (1 - one(sample) / most) + 1}`).join(' '));
    nodes.push(line);
  });
  svg.replaceChildren(...nodes);
  const latest = samples[samples.length - 1];
  svg.parentElement.querySelector('b').textContent = series.map(one => number(one(latest))).join(' / ') + unit;
}

function rows(loops, chaos) {
  byId('loops').replaceChildren(...loops.map(loop => {
    const row = document.createElement('tr');
    row.id = `loop-${loop.loop}`;
    const cells = [
      `loop ${loop.loop}`, number(loop.operationRate), bytes(loop.readRate), bytes(loop.writeRate),
      number(loop.inFlight), number(loop.waiting), `${number(loop.busy * 100)} %`, loop.restarts,
    ];
    for (const text of cells) {
      row.insertCell().textContent = text;
    }
    row.cells[7].className = 'restarts';
    const last = row.insertCell();
    if (chaos) {
      const button = document.createElement('button');
      button.textContent = 'Kill its ring';
      button.className = 'kill';
      button.dataset.loop = loop.loop;
      last.append(button);
    }
    return row;
  }));
}

byId('loops').addEventListener('click', async event => {
  const loop = event.target.dataset.loop;
  if (loop !== undefined) {
    const answer = await fetch(`/status/loops/${loop}/kill`, { method: 'POST', headers: { 'X-IoActors-Chaos': '1' } });
    byId('message').textContent = answer.ok ? `The ring of loop ${loop} was killed.` : `${answer.status}: ${await answer.text()}`;
  }
});

async function refresh() {
  try {
    const last = samples.length ? samples[samples.length - 1].number : 0;
    const answer = await (await fetch(`/status/data?after=${last}`)).json();
    samples.push(...answer.samples);
    samples.splice(0, samples.length - kept);
    const latest = samples[samples.length - 1];
    byId('backend').textContent = answer.backend;
    byId('directory').textContent = answer.directory;
    if (latest) {
      byId('health').textContent = latest.health;
      byId('health').className = `health ${latest.health}`;
      for (const key of ['requests', 'failed', 'cut', 'connections']) {
        byId(key).textContent = latest[key].toLocaleString('en');
      }
      byId('restarts').textContent = sum(latest, 'restarts');
      draw('rate', [sample => sample.requestRate], '');
      draw('latency', [sample => sample.p50, sample => sample.p99], ' (p50 / p99)');
      draw('bytes', [sample => sum(sample, 'writeRate') / 1048576], '');
      draw('flight', latest.loops.map(({ loop }) => sample => loopOf(sample, loop)?.inFlight ?? 0), '');
      rows(latest.loops, answer.chaos);
    }
  } catch (error) {
    byId('health').textContent = 'unreachable';
    byId('health').className = 'health unreachable';
  }
  setTimeout(refresh, 1000);
}

refresh();
