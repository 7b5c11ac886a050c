//! What a history may meet. The dice choose for each history anew, so that
//! quiet ones, wild ones and everything between occur.

use crate::desk::wire::Dialect;
use crate::desk::{ClosedAs, Echo, GoneAs, PageOrder};
use crate::dice::Dice;
use crate::world::{Gate, Weather, World};

/// The kinds of trouble that a history may meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Nature {
    /// Connections close, with any code.
    pub(crate) cuts: bool,
    /// The server goes away and comes back.
    pub(crate) restarts: bool,
    /// The network stands still, both ways, and goes on.
    pub(crate) stalls: bool,
    /// Connections are half open, in one direction.
    pub(crate) one_way: bool,
    /// The server does with calls what it should not.
    pub(crate) faults: bool,
    /// The tab is killed and loaded again.
    pub(crate) reloads: bool,
    /// The browser refuses to store from some moment on.
    pub(crate) store_refuses: bool,
    /// The page is hidden, left, offline; the panel is closed.
    pub(crate) page: bool,
    /// The device sleeps.
    pub(crate) sleeps: bool,
    /// The device's wall clock jumps.
    pub(crate) clock_jumps: bool,
    /// Handshakes are refused, or hang.
    pub(crate) handshakes: bool,
    /// The page gives no token, or one that ends.
    pub(crate) tokens: bool,
    /// The staff closes the chat, the visitor ends it.
    pub(crate) endings: bool,
    /// The staff takes messages back.
    pub(crate) deletes: bool,
    /// The visitor takes messages back.
    pub(crate) unsends: bool,
    /// Messages are as large as can be, and larger.
    pub(crate) large: bool,
    /// The visitor sends files.
    pub(crate) files: bool,
    /// So many tabs are open.
    pub(crate) tabs: usize,
    /// The browser freezes tabs.
    pub(crate) freezes: bool,
}

impl Nature {
    /// Rolls the trouble of a history, and the choices of its server and
    /// network.
    pub(crate) fn draw(dice: &mut Dice, world: &mut World) -> Self {
        // One history in eight has a network and a server without any fault;
        // the others have each kind of trouble in one of so many histories.
        let rarity = [0, 1, 2, 2, 3, 3, 4, 6][dice.pick(8)];
        let mut has = || rarity > 0 && dice.roll(rarity) == 0;
        let mut nature = Self {
            cuts: has(),
            restarts: has(),
            stalls: has(),
            one_way: has(),
            faults: has(),
            reloads: has(),
            store_refuses: has() && has(),
            page: has(),
            sleeps: has(),
            clock_jumps: has(),
            handshakes: has(),
            tokens: has(),
            endings: has(),
            deletes: has(),
            unsends: has(),
            large: has() && has() && has(),
            files: false,
            tabs: world.tabs.len(),
            freezes: has(),
        };
        // Rolled apart: what was found without files is found again.
        let mut other = Dice::new(world.seed ^ 0xf11e);
        nature.files = nature.tabs == 1 && other.roll(4) == 0;
        if nature.tabs > 1 {
            // What is not stored the next leader does not know, and what is
            // refused it says to the visitor later: the model is simpler.
            (nature.store_refuses, nature.large) = (false, false);
        }
        let (reorders, doubles, ghosts, last_words) = (has(), has(), has(), has());
        world.latency = 5 + dice.roll(400);
        world.weather = Weather {
            jitter: if reorders { dice.roll(1_500) } else { 0 },
            event_delay: if reorders { dice.roll(4_000) } else { 0 },
            doubles: if doubles { 1 + dice.roll(4) } else { 0 },
            ghosts,
            last_words,
        };
        choose_server(dice, world);
        if nature.tokens {
            world.gate = [Gate::Any, Gate::Alive, Gate::OneTime][dice.pick(3)];
        }
        nature
    }
}

/// What servers do differently is no trouble: quiet histories have it too.
fn choose_server(dice: &mut Dice, world: &mut World) {
    let desk = &mut world.desk;
    desk.echoes = dice.roll(2) == 0;
    desk.echo = [Echo::First, Echo::Last][dice.pick(2)];
    desk.drops_metadata = dice.roll(4) == 0;
    if dice.roll(2) == 0 {
        desk.dialect = Dialect::any(dice);
    }
    desk.closed_as = [ClosedAs::Row, ClosedAs::Missing, ClosedAs::NewId][dice.pick(3)];
    desk.gone_as = [GoneAs::Nothing, GoneAs::StatusZero, GoneAs::Empty][dice.pick(3)];
    desk.page_order = [PageOrder::Rising, PageOrder::Falling, PageOrder::Shuffled][dice.pick(3)];
    desk.page_cap = [usize::MAX, 20, 10][dice.pick(3)];
    desk.tells_deletes = dice.roll(2) == 0;
    desk.begins_same = dice.roll(2) == 0;
    desk.refusal = [400, 404, 410][dice.pick(3)];
    desk.life = [3_600_000, 3_600_000, 420_000][dice.pick(3)];
}
