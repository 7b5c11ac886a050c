//! The servers of `concierge-sim`, with which the stories are lived, have no
//! fields but those of the fixtures, and in their types.

use std::slice;

use concierge_core::{Action, Conversation};
use concierge_sim::requests::{System, World};
use serde_json::Value;

use crate::in_files;
use crate::systems::with_each_of_requests;

#[test]
fn the_simulated_servers_say_nothing_that_the_fixtures_do_not_have() {
    with_each_of_requests(|mut world| {
        world.told = Some(Vec::new());
        live(&mut world);
        let fixtures = fixtures(world.system);
        let told = world.told.take().unwrap_or_default();
        assert!(told.len() > 5, "{}", told.len());
        for told in told {
            let told: Value = serde_json::from_str(&told).expect("JSON");
            // A list without an envelope is as good as its rows.
            let rows = told
                .as_array()
                .map_or(slice::from_ref(&told), Vec::as_slice);
            for row in rows {
                let is_there = fixtures.iter().any(|fixture| is_of(row, fixture));
                assert!(is_there, "{row}");
            }
        }
    });
}

/// What a visitor does on a day.
fn live(world: &mut World) {
    world.open();
    world.say("Good morning");
    world.run(5_000);
    world.staff_says("Good morning to you");
    if world.system.takes_files() {
        world.attach("roof.png");
    }
    world.run(60_000);
    for row in world.mirror.rows.clone() {
        world.act(Action::Saw(row.key));
    }
    world.reload();
    world.open();
    assert!(matches!(world.mirror.conversation, Conversation::Open(_)));
    world.act(Action::EndConversation);
    world.act(Action::ShowRooms);
    world.run(60_000);
}

/// All fixtures of a system, and the rows of lists: one by itself looks like one
/// in a list.
fn fixtures(system: System) -> Vec<Value> {
    let folder = match system {
        System::OneChat => "onechat",
        System::VoipLegacy | System::VoipTalk => "voipbin",
        System::OneSmile => "onesmile",
    };
    let mut fixtures = Vec::new();
    for name in in_files::names(folder) {
        let body = in_files::fixture(folder, &name);
        let rows = body.as_array().or_else(|| body["result"].as_array());
        fixtures.extend(rows.into_iter().flatten().cloned());
        fixtures.push(body);
    }
    fixtures
}

/// Whether all that is said is in the fixture too, in its type. What is null in
/// one of them may be anything in the other.
fn is_of(told: &Value, fixture: &Value) -> bool {
    match (told, fixture) {
        (Value::Null, _) | (_, Value::Null) => true,
        (Value::Object(told), Value::Object(fixture)) => told
            .iter()
            .all(|(key, told)| fixture.get(key).is_some_and(|it| is_of(told, it))),
        (Value::Array(told), Value::Array(fixture)) => told
            .iter()
            .all(|told| fixture.iter().any(|it| is_of(told, it))),
        (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::String(_), Value::String(_)) => true,
        _ => false,
    }
}
