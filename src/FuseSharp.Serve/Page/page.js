// The page speaks the server's own protocol (OpenAI's), and nothing else. Text of models and users becomes text nodes only.
'use strict';

const $ = id => document.getElementById(id);
const rivals = 5;          // likely tokens to ask for
let models = [];           // as /v1/models lists them
let turns = [];            // { question, settings, answers: { model: { text, finish } } }
let running = null;        // AbortController of the answers that are being written
let key = sessionStorage.getItem('key');

const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};

async function call(path, body, signal) {
  const headers = { ...(body && { 'Content-Type': 'application/json' }), ...(key && { Authorization: 'Bearer ' + key }) };
  const answer = await fetch(path, { method: body ? 'POST' : 'GET', headers, body: body && JSON.stringify(body), signal });
  if (!answer.ok) {
    const said = await answer.json().then(a => a.error.message, () => answer.statusText);
    throw Object.assign(new Error(said), { status: answer.status });
  }
  return answer;
}

// Server-sent events: a JSON object each, [DONE] at the end.
async function* events(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '', isDone = false;
  for (let part; !(part = await reader.read()).done;) {
    const lines = (rest + part.value).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      isDone ||= line === 'data: [DONE]';
      if (line.startsWith('data: ') && !isDone) {
        const event = JSON.parse(line.slice(6));
        if (event.error) throw new Error(event.error.message);
        yield event.choices[0];
      }
    }
  }
  if (!isDone) throw new Error('The answer broke off: the server did not end it.');
}

// Both kinds of answers as one: new text, and tokens with their bytes and rivals.
const bytesOf = token => token.startsWith('bytes:')
  ? Uint8Array.from(token.slice(6).match(/\\x[0-9a-f]{2}/g) ?? [], b => parseInt(b.slice(2), 16)) : new TextEncoder().encode(token);

const ofChat = choice => ({
  text: choice.delta.content ?? '',
  finish: choice.finish_reason,
  tokens: (choice.logprobs?.content ?? []).map(t => ({ bytes: Uint8Array.from(t.bytes), name: t.token, logprob: t.logprob, rivals: t.top_logprobs.map(r => [r.token, r.logprob]) })),
});

const ofCompletion = choice => ({
  text: choice.text,
  finish: choice.finish_reason,
  tokens: (choice.logprobs?.tokens ?? []).map((t, i) => ({
    bytes: bytesOf(t), name: t, logprob: choice.logprobs.token_logprobs[i], rivals: Object.entries(choice.logprobs.top_logprobs[i] ?? {}).sort((a, b) => b[1] - a[1]),
  })),
});

async function* answerOf(model, turn, signal) {
  const { system, temperature, tokens, seed } = turn.settings;
  const common = { model: model.id, temperature, seed, max_tokens: tokens, stream: true };
  if (!model.has_chat_template) {
    for await (const choice of events(await call('v1/completions', { ...common, prompt: turn.question, logprobs: rivals }, signal))) yield ofCompletion(choice);
    return;
  }

  const messages = [...(system ? [{ role: 'system', content: system }] : []), ...messagesOf(model.id, turn), { role: 'user', content: turn.question }];
  for await (const choice of events(await call('v1/chat/completions', { ...common, messages, logprobs: true, top_logprobs: rivals }, signal))) yield ofChat(choice);
}

// What a model said before a turn: each goes on from its own answers.
function messagesOf(model, until) {
  const before = until ? turns.slice(0, turns.indexOf(until)) : turns;
  return before.filter(t => t.answers[model]?.text).flatMap(t => [{ role: 'user', content: t.question }, { role: 'assistant', content: t.answers[model].text }]);
}

// Shows an answer as it is written: a span for each token, whose bytes may end inside of a character. Tokens that are no text, as the one that ends an answer, stand there as marks.
class Answer {
  constructor(model) {
    this.decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    this.whole = '';     // the text that the server has told
    this.shown = '';     // what the spans spell: always a beginning of it
    this.waiting = [];   // tokens whose text is not told yet
    this.count = 0;
    this.finish = null;
    this.text = make('div', { className: 'text', dir: 'auto' });
    this.text.setAttribute('aria-live', 'polite');
    this.text.setAttribute('aria-busy', 'true');
    this.figures = make('p', { className: 'figures', textContent: 'waits…' });
    this.element = make('article', {}, make('h2', { textContent: model.id }), this.text, this.figures);
    if (!model.has_chat_template) {
      this.element.append(make('p', { className: 'note', textContent: 'This model has no chat template: it continues the question alone, without the system message and what was said before.' }));
    }
  }

  add({ text, tokens, finish }) {
    this.whole += text;
    this.finish = finish ?? this.finish;
    this.count += tokens.length;
    this.waiting.push(...tokens.map(t => ({ ...t, piece: this.decoder.decode(t.bytes, { stream: true }) })));
    this.settle();
  }

  // Shows the tokens of which it is certain whether they are in the text.
  settle() {
    while (this.waiting.length) {
      const token = this.waiting[0], rest = this.whole.slice(this.shown.length);
      const piece = this.shown || rest.startsWith(' ') ? token.piece : token.piece.replace(/^ /, ''); // SentencePiece marks a beginning by a space
      const isText = rest.startsWith(piece);
      if (!isText && !this.finish && piece.startsWith(rest)) return;
      this.waiting.shift();
      this.shown += isText ? piece : '';
      const span = make('span', { className: isText ? 'token' : 'token mark', textContent: isText ? piece : token.name, tabIndex: this.text.childElementCount ? -1 : 0 });
      span.setAttribute('aria-describedby', 'card');
      span.style.backgroundColor = `rgba(var(--sure), ${(0.4 * (1 - Math.exp(token.logprob))).toFixed(3)})`;
      span.token = token;
      this.text.append(span);
    }
  }

  end(seconds, error) {
    const half = this.decoder.decode(); // of a character in which the answer was cut off
    if (half && this.whole === this.shown + half) this.text.append(half);
    else if (this.shown !== this.whole) this.text.textContent = this.whole; // what was written is what counts
    this.text.setAttribute('aria-busy', 'false');
    this.figures.textContent = error || `${this.count} tokens${this.finish === 'length' ? ', cut off at the limit' : ''}, ${(this.count / Math.max(seconds, 0.001)).toFixed(1)} a second`;
    this.figures.classList.toggle('error', !!error);
  }
}

async function ask(question) {
  const given = $('seed').value;
  const settings = {
    system: $('system').value.trim(), temperature: Number($('temperature').value), tokens: Number($('tokens').value),
    seed: given === '' ? crypto.getRandomValues(new Uint32Array(1))[0] : Number(given),
  };
  const turn = { question, settings, answers: {} };
  const asked = chosen();
  turns.push(turn);
  running = new AbortController();
  working(true);
  const answers = asked.map(m => new Answer(m));
  $('empty').hidden = true;
  $('turns').append(make('section', { className: 'turn' }, make('p', { className: 'asked', textContent: question }), make('div', { className: 'answers' }, ...answers.map(a => a.element)),
    make('p', { className: 'note', textContent: `seed ${settings.seed}, temperature ${settings.temperature}` })));
  $('turns').lastChild.scrollIntoView({ block: 'start' });
  const signal = running.signal;
  await Promise.all(asked.map(async (model, i) => {
    const begun = performance.now();
    let error = '';
    try {
      for await (const news of answerOf(model, turn, signal)) answers[i].add(news);
    } catch (fault) {
      error = signal.aborted ? 'stopped' : fault.message;
    }
    turn.answers[model.id] = { text: answers[i].whole, finish: error || answers[i].finish };
    answers[i].end((performance.now() - begun) / 1000, error);
  }));
  running = null;
  working(false);
  $('text').focus();
}

const chosen = () => models.filter(m => document.querySelector(`#models input[value="${CSS.escape(m.id)}"]`).checked);

function working(isWorking) {
  $('send').hidden = isWorking;
  $('stop').hidden = !isWorking;
  $('new').disabled = isWorking;
  $('save').disabled = isWorking || turns.length === 0;
}

// What can be taken away: what each model was asked and said, as FuseSharp and other programs read conversations. A model without a template was asked question by question.
// An answer that did not come to its end is only read where others learn from it (weight 0), and finish says why it ended.
function save() {
  const rows = models.flatMap(m => {
    const own = turns.filter(t => t.answers[m.id]?.text);
    const conversations = m.has_chat_template ? (own.length ? [own] : []) : own.map(t => [t]);
    return conversations.map(some => {
      const system = m.has_chat_template ? some.at(-1).settings.system : '';
      return {
        model: m.id,
        messages: [...(system ? [{ role: 'system', content: system }] : []), ...some.flatMap(t => {
          const { text, finish } = t.answers[m.id];
          return [{ role: 'user', content: t.question }, { role: 'assistant', content: text, ...(finish !== 'stop' && { weight: 0 }), finish }];
        })],
        settings: some.map(t => t.settings),
      };
    });
  });
  const link = make('a', { href: URL.createObjectURL(new Blob([JSON.stringify(rows, null, 2) + '\n'], { type: 'application/json' })), download: 'conversation.json' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href)); // some browsers read it only after the click
}

// Characters that would not be seen, or would turn the text around.
const signs = { ' ': '␣', '\n': '⏎', '\t': '⇥' };
const visible = text => text.replace(/[\p{Z}\p{Cc}\p{Cf}]/gu, c => signs[c] ?? `U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}`);
const percent = logprob => `${(100 * Math.exp(logprob)).toFixed(logprob < Math.log(0.1) ? 2 : 1)} %`;

function showCard(span) {
  const { name, logprob, rivals: others } = span.token;
  const rows = others.map(([text, own]) => make('tr', { className: text === name ? 'chosen' : '' }, make('td', {}, make('code', { textContent: visible(text) })), make('td', { textContent: percent(own) })));
  $('card').replaceChildren(make('p', {}, make('code', { textContent: visible(name) }), ` ${percent(logprob)}`), make('table', {}, make('tbody', {}, ...rows)));
  $('card').hidden = false;
  const at = span.getBoundingClientRect(), own = $('card').getBoundingClientRect();
  $('card').style.left = `${Math.max(8, Math.min(at.left, innerWidth - own.width - 8))}px`;
  $('card').style.top = `${at.bottom + own.height + 8 < innerHeight ? at.bottom + 4 : Math.max(8, at.top - own.height - 4)}px`;
}

const hideCard = () => { $('card').hidden = true; };

for (const event of ['pointerover', 'focusin']) {
  $('turns').addEventListener(event, e => (e.target.token ? showCard(e.target) : hideCard()));
}
for (const event of ['pointerleave', 'focusout']) $('turns').addEventListener(event, hideCard);
addEventListener('scroll', hideCard, { passive: true });

// One stop of the tab key for each answer; arrow keys go through its tokens.
$('turns').addEventListener('keydown', e => {
  const next = !e.target.token ? null : { ArrowRight: e.target.nextElementSibling, ArrowLeft: e.target.previousElementSibling, Home: e.target.parentElement.firstElementChild, End: e.target.parentElement.lastElementChild }[e.key];
  if (next) {
    e.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
    e.preventDefault();
  }
});

$('ask').addEventListener('submit', e => {
  e.preventDefault();
  const question = $('text').value;
  if (!question.trim() || running) return;
  $('seed').setCustomValidity(Number.isSafeInteger(Number($('seed').value)) ? '' : 'A whole number of at most 2^53.');
  $('models').querySelector('input').setCustomValidity(chosen().length ? '' : 'Choose a model.');
  if (!$('ask').checkValidity()) {
    $('settings').open = true; // what is closed cannot say what is wrong with it
    $('ask').reportValidity();
    return;
  }

  $('text').value = '';
  ask(question);
});
$('text').addEventListener('keydown', e => {
  if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) {
    e.preventDefault();
    $('ask').requestSubmit();
  }
});
addEventListener('keydown', e => {
  if (e.key === 'Escape') {
    hideCard();
    running?.abort();
  }
});
$('stop').addEventListener('click', () => running?.abort());
$('new').addEventListener('click', () => {
  turns = [];
  $('turns').replaceChildren();
  $('empty').hidden = false;
  working(false);
  $('text').focus();
});
$('save').addEventListener('click', save);
$('keyform').addEventListener('submit', e => {
  e.preventDefault();
  key = $('key').value;
  start();
});

let starts = 0;

async function start() {
  const own = ++starts;
  try {
    if (key && !/^[\x20-\x7e]+$/.test(key)) throw Object.assign(new Error('A key is made of ASCII characters.'), { status: 401 });
    const listed = (await (await call('v1/models')).json()).data;
    if (own !== starts) return; // asked again meanwhile
    models = listed;
    $('models').querySelectorAll('label').forEach(l => l.remove());
    if (key) sessionStorage.setItem('key', key);
    $('keyform').hidden = true;
    $('ask').hidden = false;
    for (const model of models) {
      $('models').append(make('label', {}, make('input', { type: 'checkbox', value: model.id, checked: true }), ` ${model.id}`));
    }
    $('text').focus();
  } catch (fault) {
    $('ask').hidden = true;
    $('keyform').hidden = fault.status !== 401;
    $('keyerror').textContent = !key || fault.status !== 401 ? '' : fault.message.includes('ASCII') ? fault.message : 'This is not the key.';
    if (fault.status !== 401) $('empty').textContent = fault.message;
    else $('key').focus();
  }
}

start();
