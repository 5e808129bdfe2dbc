//! The way back: what a stream does with the response to a request that went on.
use crate::exchange::Answer;
use crate::host::{self, HostError, Level, Map};
use crate::record::{DECISION_HEADER, Mark, RELEASE_HEADER, Shown};
use crate::root::Plugin;
use crate::stream::{State, Step, Stream, log_refusal};
use crate::watch::{Heard, Heeded, Judging, Next, Watch};
use callgate_model::Effect;
use callgate_wire::Headers;
use std::rc::Rc;

impl Stream {
    pub(crate) fn on_response_headers(&mut self, end: bool) -> Step {
        let plugin = Rc::clone(&self.plugin);
        let State::Forwarded(mark, watch) = &mut self.state else {
            return self.passed_on();
        };
        let next = match (watch.as_deref_mut(), &plugin.config) {
            (None, _) => Ok(Ok(Next::Unwatched)),
            (Some(_), None) => Err(HostError::REENTERED),
            (Some(watch), Some(config)) => host::headers(Map::Response)
                .map(|headers| watch.open(config, Headers::new(&headers.lines()), end)),
        };
        match next {
            Err(error) => self.fail(error),
            Ok(Err(answer)) => {
                forsake(watch.as_deref_mut());
                self.answer_instead(*answer)
            }
            // The head says how long the body is, and what was decided: it waits for both.
            Ok(Ok(Next::Whole)) => Step::Pause,
            Ok(Ok(next @ (Next::Nothing | Next::Unwatched))) => {
                show(&plugin, mark.as_ref(), Effect::Allow);
                close(watch.as_deref_mut(), true);
                if next == Next::Unwatched {
                    *watch = None;
                }
                Step::Continue
            }
            Ok(Ok(Next::LeftOut)) => {
                show(&plugin, mark.as_ref(), Effect::Allow);
                host::log(
                    Level::Info,
                    "callgate: a body that nobody could judge was left out",
                );
                let emptied = host::remove_header(Map::Response, CONTENT_ENCODING)
                    .and_then(|()| host::replace_header(Map::Response, CONTENT_LENGTH, b"0"));
                match emptied {
                    Ok(()) => Step::Continue,
                    Err(error) => self.fail(error),
                }
            }
            Ok(Ok(Next::Events)) => {
                show(&plugin, mark.as_ref(), Effect::Allow);
                // Events may become longer or shorter.
                match host::remove_header(Map::Response, CONTENT_LENGTH) {
                    Ok(()) => Step::Continue,
                    Err(error) => self.fail(error),
                }
            }
        }
    }

    pub(crate) fn on_response_body(&mut self, length: usize, end: bool) -> Step {
        let plugin = Rc::clone(&self.plugin);
        let State::Forwarded(mark, Some(watch)) = &mut self.state else {
            return self.passed_on();
        };
        if !watch.is_whole() {
            return self.judge_events(length, end);
        }
        match (watch.grown(length), end) {
            // Nobody has a say in it: it goes on unread.
            (Some(_), _) if watch.is_only_read() => {
                show(&plugin, mark.as_ref(), Effect::Allow);
                close(Some(watch), false);
                let mark = mark.take();
                self.state = State::Forwarded(mark, None);
                Step::Continue
            }
            (Some(answer), _) => {
                forsake(Some(watch));
                self.answer_instead(*answer)
            }
            (None, true) => self.judge_whole(),
            (None, false) => Step::Pause,
        }
    }

    /// With trailers the end of the body is only seen here.
    pub(crate) fn on_response_trailers(&mut self) -> Step {
        match &self.state {
            State::Forwarded(_, Some(watch)) if watch.is_whole() => self.judge_whole(),
            State::Forwarded(_, Some(watch)) if watch.holds() => self.cut_short(),
            _ => {
                self.over(true);
                self.passed_on()
            }
        }
    }

    /// Nothing more of the exchange comes.
    pub(crate) fn on_done(&mut self) {
        self.over(false);
    }

    fn over(&mut self, whole: bool) {
        if let State::Forwarded(_, watch) = &mut self.state {
            close(watch.as_deref_mut(), whole);
        }
    }

    /// What to do with more of a response whose fate is settled.
    fn passed_on(&mut self) -> Step {
        // Somebody answered a request that was held: it does not go on any more.
        self.abandon();
        match self.state {
            State::Withheld => Step::Pause,
            // A reply of our own passes here, too.
            State::New
            | State::Collecting(..)
            | State::Held(_)
            | State::Forwarded(..)
            | State::Ended => Step::Continue,
        }
    }

    fn judge_whole(&mut self) -> Step {
        let plugin = Rc::clone(&self.plugin);
        let State::Forwarded(mark, Some(watch)) = &mut self.state else {
            return Step::Pause;
        };
        let length = watch.length();
        let heard = judging(&plugin, self.context, watch, |watch, judging| {
            let body = host::response_body(length)?;
            Ok(watch.whole(judging, &body))
        });
        for mark in watch.take_marks() {
            self.plugin.count(mark.effect);
            self.plugin.tell(&mark);
        }
        close(Some(watch), true);
        let passed = match heard {
            Err(error) => Err(error),
            Ok(Heard::Refused(answer)) => return self.answer_instead(*answer),
            Ok(Heard::Passes(effect, None)) => {
                show(&plugin, mark.as_ref(), effect);
                Ok(())
            }
            Ok(Heard::Passes(effect, Some(text))) => {
                show(&plugin, mark.as_ref(), effect);
                replace(length, text.as_bytes())
            }
        };
        match passed {
            Ok(()) => Step::Continue,
            Err(error) => self.fail(error),
        }
    }

    /// Says that a stream that ends with trailers ended too early: what is held was not judged.
    fn cut_short(&mut self) -> Step {
        host::log(
            Level::Info,
            "callgate: a stream ended amid what had to be judged",
        );
        self.passed_on()
    }

    fn judge_events(&mut self, length: usize, end: bool) -> Step {
        let plugin = Rc::clone(&self.plugin);
        let State::Forwarded(_, Some(watch)) = &mut self.state else {
            return Step::Pause;
        };
        let heeded = judging(&plugin, self.context, watch, |watch, judging| {
            // An empty last piece has no buffer.
            let bytes = match length {
                0 => Vec::new(),
                length => host::response_body(length)?,
            };
            let heeded = watch.events(judging, &bytes, end);
            // Before the caller knows of it.
            watch.write_down(judging.now);
            Ok(heeded)
        });
        for mark in watch.take_marks() {
            self.plugin.count(mark.effect);
            self.plugin.tell(&mark);
        }
        if end {
            close(Some(watch), true);
        }
        let passed = heeded.and_then(|Heeded { bytes, refused }| {
            host::replace_response_body(length, &bytes)?;
            Ok(refused)
        });
        match passed {
            Ok(refused) => {
                if let Some(mut answer) = refused {
                    self.plugin.count(answer.mark.effect);
                    log_refusal(&answer);
                    self.tell_of(&mut answer);
                }
                Step::Continue
            }
            Err(error) => self.withhold(error),
        }
    }

    /// Answers in place of the server: nothing of its response has gone on.
    fn answer_instead(&mut self, mut answer: Answer) -> Step {
        if let State::Forwarded(Some(mark), _) = &self.state {
            answer.mark.shown.clone_from(&mark.shown);
        }
        self.answer(answer)
    }

    /// Lets nothing more go on of a response that has begun: what the host has was not judged.
    fn withhold(&mut self, error: HostError) -> Step {
        let status = error.status.to_string();
        let line = [
            "callgate: a response ends, `",
            error.call,
            "` gave status ",
            &status,
        ];
        host::log(Level::Error, &line.concat());
        self.state = State::Withheld;
        Step::Pause
    }
}

/// Writes down what a response has left, once.
fn close(watch: Option<&mut Watch>, whole: bool) {
    let Some(mut aftermath) = watch.and_then(Watch::take_aftermath) else {
        return;
    };
    match host::now() {
        Ok(now) => aftermath.close(now, whole),
        Err(_) => host::log(
            Level::Error,
            "callgate: what a response left was not written down",
        ),
    }
}

/// Writes down what a response has cost that does not go on.
fn forsake(watch: Option<&mut Watch>) {
    let Some(watch) = watch else { return };
    watch.forsake();
    close(Some(watch), true);
}

const CONTENT_LENGTH: &[u8] = b"content-length";
const CONTENT_ENCODING: &[u8] = b"content-encoding";

/// Puts another body in place of one of `length` bytes.
fn replace(length: usize, body: &[u8]) -> Result<(), HostError> {
    let announced = body.len().to_string();
    host::replace_header(Map::Response, CONTENT_LENGTH, announced.as_bytes())?;
    host::replace_response_body(length, body)
}

/// Judges with the configuration that a stream began with, and the plugin's working memory.
fn judging<T>(
    plugin: &Plugin,
    context: u32,
    watch: &mut Watch,
    judge: impl FnOnce(&mut Watch, &mut Judging<'_>) -> Result<T, HostError>,
) -> Result<T, HostError> {
    let memory = plugin.memory.try_borrow_mut();
    let (Some(config), Ok(mut memory)) = (&plugin.config, memory) else {
        return Err(HostError::REENTERED);
    };
    // What is only looked at takes no time.
    let now = match watch.takes_a_time() {
        true => host::now()?,
        false => 0,
    };
    judge(
        watch,
        &mut Judging {
            config,
            now,
            ids: (context, plugin.configured_at),
            memory: &mut memory,
        },
    )
}

/// Says on the response what was decided: on the request, or on the response if that is more.
fn show(plugin: &Plugin, mark: Option<&Mark>, effect: Effect) {
    // A response that cannot be marked is still the response to an allowed request.
    match mark.map(|mark| (&mark.shown, mark.effect.max(effect))) {
        Some((Shown::Release(release), effect)) => {
            for (name, value) in [
                (DECISION_HEADER, effect.as_str()),
                (RELEASE_HEADER, release),
            ] {
                let _ = host::replace_header(Map::Response, name.as_bytes(), value.as_bytes());
            }
        }
        Some((Shown::Hidden, _)) => hide(),
        // Where clients read these headers, nor does the server behind speak for this filter.
        None if plugin
            .config
            .as_ref()
            .is_none_or(|config| config.response_headers) =>
        {
            hide()
        }
        Some((Shown::Untold, _)) | None => {}
    }
}

/// Removes what a server has said in this filter's place.
fn hide() {
    for name in [DECISION_HEADER, RELEASE_HEADER] {
        let _ = host::remove_header(Map::Response, name.as_bytes());
    }
}
