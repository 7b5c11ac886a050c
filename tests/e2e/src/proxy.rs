//! The network between the widget and the server, as a test wants it.
//!
//! What a real network does to a connection is more than "there or gone": bytes
//! wait, or vanish in one direction while both ends believe that all is well.
//! Pages and tokens are meant to come from the server itself, so that a fault
//! hits the widget's socket and nothing else.

use std::io;
use std::pin::pin;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::PATIENCE;

/// Passes connections on to a server. Dropping it cuts them.
pub struct Proxy {
    port: u16,
    weather: watch::Sender<Weather>,
    tally: watch::Sender<Tally>,
    listener: JoinHandle<()>,
}

impl Proxy {
    /// A proxy before the server at this port, on a port of its own.
    pub async fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a free port");
        let port = listener.local_addr().expect("its number").port();
        let weather = watch::Sender::new(Weather::default());
        let tally = watch::Sender::new(Tally::default());
        let listener = tokio::spawn(listen(listener, server, weather.clone(), tally.clone()));
        Self {
            port,
            weather,
            tally,
            listener,
        }
    }

    /// The port it listens on.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Resets all connections. Bytes that waited are lost.
    pub fn cut(&self) {
        self.change(|it| it.cuts += 1);
    }

    /// Lets bytes wait, both ways; so do connections that are made meanwhile.
    pub fn stall(&self) {
        self.change(|it| (it.up, it.down) = (Way::Waits, Way::Waits));
    }

    /// Lets bytes flow again, first those that waited.
    pub fn flow(&self) {
        self.change(|it| (it.up, it.down) = (Way::Flows, Way::Flows));
    }

    /// Lets what the server sends vanish, its end of a connection too.
    pub fn drop_down(&self) {
        self.change(|it| it.down = Way::Vanishes);
    }

    /// Lets what the browser sends vanish, its end of a connection too.
    pub fn drop_up(&self) {
        self.change(|it| it.up = Way::Vanishes);
    }

    /// Resets new connections at once, or takes them again.
    pub fn refuse(&self, refuses: bool) {
        self.change(|it| it.refuses = refuses);
    }

    /// All is well for new connections and for those that lost nothing. In a
    /// direction in which bytes were lost, the rest of them is lost too.
    pub fn heal(&self) {
        self.change(|it| {
            *it = Weather {
                cuts: it.cuts,
                ..Weather::default()
            };
        });
    }

    /// How many connections were made, those that were refused among them.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.tally.borrow().connections
    }

    /// Waits until bytes wait that the browser has sent.
    pub async fn until_waiting(&self) {
        self.until("nothing waits", |it| it.waiting_up > 0).await;
    }

    /// Waits until bytes that the server sent have vanished.
    pub async fn until_lost(&self) {
        self.until("nothing was lost", |it| it.lost_down > 0).await;
    }

    /// Waits until so many connections were made.
    pub async fn until_connections(&self, count: usize) {
        self.until("too few connections", |it| it.connections >= count)
            .await;
    }

    async fn until(&self, otherwise: &str, holds: impl FnMut(&Tally) -> bool) {
        let mut tally = self.tally.subscribe();
        let held = timeout(PATIENCE, tally.wait_for(holds)).await.is_ok();
        assert!(held, "{otherwise}: {:?}", *self.tally.borrow());
    }

    fn change(&self, change: impl FnOnce(&mut Weather)) {
        self.weather.send_modify(change);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listener.abort();
        self.cut();
    }
}

/// What happens to bytes on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Way {
    /// They arrive.
    #[default]
    Flows,
    /// They are held back, in order.
    Waits,
    /// They are lost, and nobody is told.
    Vanishes,
}

/// What a test wants of the network.
#[derive(Clone, Debug, Default)]
struct Weather {
    /// From the browser to the server.
    up: Way,
    /// From the server to the browser.
    down: Way,
    refuses: bool,
    /// How often all connections were cut.
    cuts: u32,
}

/// What a test can wait for.
#[derive(Debug, Default)]
struct Tally {
    connections: usize,
    /// Bytes that wait.
    waiting_up: usize,
    /// Bytes, and ends of connections, that were lost.
    lost_down: usize,
}

/// The direction of a stream of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

impl Direction {
    const fn way(self, weather: &Weather) -> Way {
        match self {
            Self::Up => weather.up,
            Self::Down => weather.down,
        }
    }
}

async fn listen(
    listener: TcpListener,
    server: u16,
    weather: watch::Sender<Weather>,
    tally: watch::Sender<Tally>,
) {
    while let Ok((browser, _)) = listener.accept().await {
        tally.send_modify(|it| it.connections += 1);
        let weather = weather.subscribe();
        if weather.borrow().refuses {
            let _ = browser.set_zero_linger();
            continue;
        }
        tokio::spawn(pass(browser, server, weather, tally.clone()));
    }
}

/// Passes one connection on until both ends are done with it, or it is cut.
async fn pass(
    mut browser: TcpStream,
    server: u16,
    weather: watch::Receiver<Weather>,
    tally: watch::Sender<Tally>,
) {
    let cuts = weather.borrow().cuts;
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", server)).await else {
        return;
    };
    // A frame is not to wait for the next one.
    let _ = (browser.set_nodelay(true), server.set_nodelay(true));
    let was_cut = {
        let (from_browser, to_browser) = browser.split();
        let (from_server, to_server) = server.split();
        let mut cut = weather.clone();
        let cut = cut.wait_for(|it| it.cuts != cuts);
        let both = async {
            tokio::join!(
                Pipe::new(Direction::Up, &weather, &tally).run(from_browser, to_server),
                Pipe::new(Direction::Down, &weather, &tally).run(from_server, to_browser),
            )
        };
        let (cut, both) = (pin!(cut), pin!(both));
        tokio::select! {
            // What waits is lost by a cut, also when all is well right after it.
            biased;
            _ = cut => true,
            _ = both => false,
        }
    };
    if was_cut {
        let _ = (browser.set_zero_linger(), server.set_zero_linger());
    }
}

/// One direction of a connection.
struct Pipe {
    direction: Direction,
    weather: watch::Receiver<Weather>,
    tally: watch::Sender<Tally>,
    /// Bytes were lost: what comes after them can never arrive.
    is_dead: bool,
    waiting: usize,
}

impl Pipe {
    fn new(
        direction: Direction,
        weather: &watch::Receiver<Weather>,
        tally: &watch::Sender<Tally>,
    ) -> Self {
        Self {
            direction,
            weather: weather.clone(),
            tally: tally.clone(),
            is_dead: false,
            waiting: 0,
        }
    }

    async fn run(mut self, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> io::Result<()> {
        let mut bytes = vec![0; 16 * 1024];
        loop {
            // A connection that breaks has ended; the other end hears no more.
            let count = from.read(&mut bytes).await.unwrap_or(0);
            if !self.arrives(count).await {
                if count == 0 {
                    return Ok(());
                }
            } else if count == 0 {
                return to.shutdown().await;
            } else {
                to.write_all(&bytes[..count]).await?;
            }
        }
    }

    /// Waits as long as the weather wants it. Whether these bytes, or the end
    /// of the stream if there are none, get through.
    async fn arrives(&mut self, count: usize) -> bool {
        let direction = self.direction;
        if direction.way(&self.weather.borrow()) == Way::Waits {
            self.wait(count);
            let moves = |it: &Weather| direction.way(it) != Way::Waits;
            let moves = self.weather.wait_for(moves).await.is_ok();
            self.wait(0);
            if !moves {
                return false;
            }
        }
        self.is_dead |= direction.way(&self.weather.borrow()) == Way::Vanishes;
        if self.is_dead && direction == Direction::Down {
            self.tally.send_modify(|it| it.lost_down += count.max(1));
        }
        !self.is_dead
    }

    /// Notes how many bytes wait here.
    fn wait(&mut self, count: usize) {
        if self.direction == Direction::Up {
            let before = self.waiting;
            self.tally
                .send_modify(|it| it.waiting_up = it.waiting_up + count - before);
        }
        self.waiting = count;
    }
}

impl Drop for Pipe {
    /// A connection that is cut holds nothing back any more.
    fn drop(&mut self) {
        self.wait(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Duration;

    /// Both ends of a connection through a proxy.
    async fn line() -> (Proxy, TcpStream, TcpStream) {
        let server = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = server.local_addr().expect("its number").port();
        let proxy = Proxy::start(port).await;
        let browser = TcpStream::connect(("127.0.0.1", proxy.port()));
        let browser = browser.await.expect("it listens");
        let (server, _) = server.accept().await.expect("it passes on");
        (proxy, browser, server)
    }

    async fn hears(stream: &mut TcpStream, expected: &[u8]) {
        let mut bytes = vec![0; expected.len()];
        let read = timeout(PATIENCE, stream.read_exact(&mut bytes)).await;
        read.expect("in time").expect("bytes");
        assert_eq!(bytes, expected);
    }

    /// Long enough for bytes to cross a loopback many times.
    async fn hears_nothing(stream: &mut TcpStream) {
        let read = timeout(Duration::from_millis(200), stream.read_u8()).await;
        assert!(read.is_err(), "{read:?}");
    }

    #[tokio::test]
    async fn bytes_that_wait_arrive_in_order() {
        let (proxy, mut browser, mut server) = line().await;
        proxy.stall();
        browser.write_all(b"one").await.expect("it is taken");
        proxy.until_waiting().await;
        browser.write_all(b"two").await.expect("it is taken");
        hears_nothing(&mut server).await;
        proxy.flow();
        hears(&mut server, b"onetwo").await;
    }

    #[tokio::test]
    async fn bytes_that_waited_on_a_cut_line_are_lost() {
        let (proxy, mut browser, mut server) = line().await;
        proxy.stall();
        browser.write_all(b"one").await.expect("it is taken");
        proxy.until_waiting().await;
        proxy.cut();
        proxy.flow();
        for stream in [&mut browser, &mut server] {
            let end = timeout(PATIENCE, stream.read_u8()).await.expect("in time");
            assert_eq!(
                end.expect_err("an end").kind(),
                io::ErrorKind::ConnectionReset
            );
        }
        assert_eq!(proxy.tally.borrow().waiting_up, 0);
    }

    #[tokio::test]
    async fn a_line_that_lost_bytes_one_way_stays_dead_that_way() {
        let (proxy, mut browser, mut server) = line().await;
        proxy.drop_down();
        server.write_all(b"lost").await.expect("it is taken");
        proxy.until_lost().await;
        proxy.heal();
        server.write_all(b"lost too").await.expect("it is taken");
        server.shutdown().await.expect("it is taken");
        hears_nothing(&mut browser).await;
        browser.write_all(b"up").await.expect("it is taken");
        hears(&mut server, b"up").await;
    }

    #[tokio::test]
    async fn a_line_that_lost_nothing_is_well_again() {
        let (proxy, mut browser, mut server) = line().await;
        proxy.drop_up();
        proxy.heal();
        browser.write_all(b"up").await.expect("it is taken");
        hears(&mut server, b"up").await;
    }

    #[tokio::test]
    async fn the_end_of_one_side_reaches_the_other() {
        let (_proxy, browser, mut server) = line().await;
        drop(browser);
        let end = timeout(PATIENCE, server.read(&mut [0])).await;
        assert_eq!(end.expect("in time").expect("an end"), 0);
    }

    #[tokio::test]
    async fn refused_connections_are_counted() {
        let (proxy, mut browser, mut server) = line().await;
        proxy.refuse(true);
        let refused = TcpStream::connect(("127.0.0.1", proxy.port())).await;
        if let Ok(mut refused) = refused {
            let end = timeout(PATIENCE, refused.read_u8()).await;
            end.expect("in time").expect_err("an end");
        }
        proxy.until_connections(2).await;
        assert_eq!(proxy.connections(), 2);
        browser.write_all(b"up").await.expect("it is taken");
        hears(&mut server, b"up").await;
    }
}
