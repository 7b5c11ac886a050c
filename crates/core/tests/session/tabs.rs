//! Several tabs of one browser, with the lock and the channel between them.

use concierge_core::{Action, Input, Page};

use crate::world::World;

const SECOND: u64 = 1_000;

#[test]
fn the_tab_that_is_looked_at_leads_although_a_hidden_one_is_next_in_line() {
    let mut world = World::with_tabs(7, 3);
    for tab in 0..3 {
        world.turn_to(tab);
        world.input(Input::Start);
        world.run(10);
        world.page(Page::Hidden);
    }
    assert_eq!(world.leader(), Some(0));
    world.page(Page::Visible);
    world.run(20 * SECOND);
    assert_eq!(world.leader(), Some(2));
}

#[test]
fn what_is_written_while_a_leader_is_elected_is_not_lost() {
    for seed in 0..20 {
        let mut world = World::with_tabs(seed, 2);
        world.turn_to(1);
        world.input(Input::Start);
        world.page(Page::Hidden);
        world.turn_to(0);
        world.input(Input::Start);
        world.act(Action::OpenPanel);
        for text in ["One", "Two", "Three", "Four"] {
            world.say(text);
            world.run(1);
        }
        world.run(10 * SECOND);
        assert_eq!(world.desk.texts(), ["One", "Two", "Three", "Four"]);
    }
}

#[test]
fn a_page_that_leads_again_draws_new_numbers_for_its_connections() {
    let mut world = World::with_tabs(7, 1);
    world.input(Input::Start);
    world.act(Action::OpenPanel);
    world.run(SECOND);
    let first = world.conn();
    world.page(Page::Leaving);
    world.page(Page::Restored);
    world.run(SECOND);
    assert_ne!(world.conn(), first);
}
