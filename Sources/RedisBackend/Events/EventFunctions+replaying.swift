extension EventFunctions {
    /// How dead letters are put back.
    static let replaying = #"""
        -- Lets an event be routed once more, where it is its own record that has ended.
        local function requeue(q, letter)
            local key = event_key(q, letter.event)
            local record = redis.call('HMGET', key, 'state', 'hash')
            if record[1] and (record[1] ~= 'ended' or (record[2] or '') ~= letter.hash) then return end
            redis.call('HSET', key, 'state', 'queued', 'own', letter.own)
            if letter.hash ~= '' then redis.call('HSET', key, 'hash', letter.hash) end
            redis.call('PEXPIRE', key, int(QUEUED_MEMORY))
        end

        local function is_open(q, letter)
            local kept = load(q, letter.event, letter.channel)
            return kept and (kept.state == 'p' or kept.state == 'h')
        end

        -- Puts a delivery back; nil where that can't be.
        local function reopen(q, letter, due, deadline)
            local key = event_key(q, letter.event)
            local record = redis.call('HMGET', key, 'state', 'hash')
            -- The id may have come to stand for another event since.
            if record[1] and (record[2] or '') ~= letter.hash then return nil end
            redis.call('HSET', key, 'state', 'routed', 'own', letter.own, 'body', letter.body)
            if letter.hash ~= '' then redis.call('HSET', key, 'hash', letter.hash) end
            redis.call('PERSIST', key)
            redis.call('HINCRBY', key, 'open', 1)
            -- By its old number it takes its old place in its order.
            local d = {
                id = letter.event, channel = letter.channel, state = 'p', attempts = 0, crashes = 0,
                routed = tonumber(letter.routed), deadline = due + deadline, due = due,
                sequence = tonumber(letter.sequence), order = letter.order,
            }
            save(q, d)
            schedule(q, d)
            return d
        end

        -- Puts a new event behind a delivery in its order, unless something waits there already.
        local function follow(q, now, d, item)
            if d.order == '' then return end
            local order = order_key(q, d.channel, d.order)
            if redis.call('ZCOUNT', order, '(' .. int(d.sequence), '+inf') > 0 then return end
            local key = event_key(q, item.sequel)
            if redis.call('EXISTS', key) == 1 then return end
            redis.call('HSET', key, 'state', 'routed', 'hash', item.hash, 'own', '0', 'body', item.body, 'open', 1)
            local sequel = {
                id = item.sequel, channel = d.channel, state = 'p', attempts = 0, crashes = 0, routed = now,
                deadline = d.deadline, due = d.due, sequence = numbers(q, 'sequence', 1), order = d.order,
            }
            save(q, sequel)
            schedule(q, sequel)
        end

        -- When the next delivery may be put back to a channel, so that a replay of many is no flood.
        local function next_turn(q, now, channel, spacing)
            local key = q.p .. 's:' .. channel
            local due = math.max(now, tonumber(redis.call('GET', key) or 0))
            redis.call('SET', key, int(due + spacing), 'PX', int(due + spacing - now + 1))
            return due
        end

        -- args: spacing, maxLength, most deliveries of a channel, n,
        -- n × (letter, deadline, id of what follows or '', its body, its hash)
        local function replay(keys, args)
            local q, read = open(keys), reader(args)
            local spacing, most, most_waiting, n = read.number(), read.number(), read.number(), read.number()
            local items = {}
            for i = 1, n do
                items[i] = {
                    letter = read.text(), deadline = read.number(), sequel = read.text(), body = read.text(),
                    hash = read.text(),
                }
            end
            local waiting = redis.call('LLEN', q.list) + redis.call('LLEN', q.again)
            local now = tick(q)
            local outcomes, reopened = {}, {}
            for i, item in ipairs(items) do
                local fields = redis.call('HGETALL', letter_key(q, item.letter))
                local letter = {}
                for k = 1, #fields, 2 do letter[fields[k]] = fields[k + 1] end
                outcomes[i] = 'gone'
                if #fields > 0 and letter.channel == '' then
                    if waiting >= most then
                        outcomes[i] = 'full'
                    else
                        if letter.event ~= '' then requeue(q, letter) end
                        redis.call('RPUSH', q.list, letter.body)
                        waiting = waiting + 1
                        outcomes[i] = 'replayed'
                    end
                elseif #fields > 0 and not is_open(q, letter) then
                    if redis.call('ZCARD', backlog_key(q, letter.channel)) >= most_waiting then
                        outcomes[i] = 'full'
                    else
                        local due = next_turn(q, now, letter.channel, spacing)
                        local d = reopen(q, letter, due, item.deadline)
                        if d then
                            outcomes[i] = 'replayed'
                            if item.sequel ~= '' then reopened[#reopened + 1] = {d = d, item = item} end
                        end
                    end
                end
                if outcomes[i] == 'replayed' then drop_letters(q, {item.letter}) end
            end
            -- When all are back: what follows may have been among them.
            for _, entry in ipairs(reopened) do follow(q, now, entry.d, entry.item) end
            return outcomes
        end

        redis.register_function('@replay@', replay)

        """#
}
